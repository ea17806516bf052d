/** Did a run say the same, token by token? */

import { rollup } from 'd3-array';
import type { RunRecord } from '../../log/run-log-format.ts';
import type { TokenRecord } from '../../workloads/questions/records.ts';
import { measuredAnswers } from './agreement.ts';

export interface OutputAgreement {
  /** Answers that both runs gave. */
  compared: number;
  identical: number;
  /** Null where all are identical. */
  first: { questionId: string; round: number; position: number } | null;
}

export function outputAgreement(recorded: readonly RunRecord[], replayed: readonly RunRecord[]): OutputAgreement {
  const before = outputsOf(recorded);
  const after = outputsOf(replayed);
  const shared = [...before].flatMap(([key, output]) => {
    const again = after.get(key);
    return again === undefined ? [] : { ...output, position: firstDifference(output.ids, again.ids) };
  });
  const different = shared.filter(({ position }) => position !== null);
  const [first] = different;
  return {
    compared: shared.length,
    identical: shared.length - different.length,
    first:
      first === undefined ? null : { questionId: first.questionId, round: first.round, position: first.position ?? 0 },
  };
}

interface Output {
  questionId: string;
  round: number;
  ids: readonly number[];
}

function outputsOf(records: readonly RunRecord[]): Map<string, Output> {
  const idsOf = rollup(
    records.filter((record): record is TokenRecord => record.type === 'token'),
    (tokens) => tokens.map(({ id }) => id),
    ({ answer }) => answer,
  );
  return new Map(
    measuredAnswers(records).map(({ answer, questionId, round }) => [
      `${round} ${questionId}`,
      { questionId, round, ids: idsOf.get(answer) ?? [] },
    ]),
  );
}

/** Null where both are the same. */
function firstDifference(a: readonly number[], b: readonly number[]): number | null {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return i;
  return null;
}
