/** What came of a replay, for programs; replay-text.ts tells it to people. */

import type { RunRecord } from '../../log/run-log-format.ts';
import type { RunOutcome } from '../../run/run.ts';
import { agreements, type FigureAgreement, measuredAnswers } from './agreement.ts';
import type { Difference } from './differences.ts';
import { type OutputAgreement, outputAgreement } from './output-agreement.ts';
import type { RecordedRun } from './recorded-run.ts';

export interface ReplayResult {
  recorded: { log: string; uuid: string; startedAt: string; doubts: readonly string[] };
  replayed: { log: string; uuid: string; status: string; error: string | null };
  /** Of the last minute when each run began; null where the system does not tell. */
  loadAverage: { recorded: number | null; replayed: number | null };
  differences: readonly Difference[];
  /** Share up to which a difference is not told from none. */
  floor: number;
  figures: readonly FigureAgreement[];
  /** Null for runs without answers. */
  outputs: OutputAgreement | null;
  agrees: boolean;
}

export function replayResult(
  recorded: RecordedRun,
  { header, logPath, end, records }: Omit<RunOutcome, 'exitCode'>,
  sisters: ReadonlyArray<readonly RunRecord[]>,
  differences: readonly Difference[],
  floor: number,
): ReplayResult {
  const figures = agreements(recorded.records, records, sisters, floor);
  const outputs = measuredAnswers(recorded.records).length === 0 ? null : outputAgreement(recorded.records, records);
  const { uuid, startedAt, host } = recorded.header;
  return {
    recorded: { log: recorded.path, uuid, startedAt, doubts: recorded.doubts },
    replayed: { log: logPath, uuid: header.uuid, status: end.status, error: end.error?.message ?? null },
    loadAverage: { recorded: host.loadAverage1m ?? null, replayed: header.host.loadAverage1m ?? null },
    differences,
    floor,
    figures,
    outputs,
    agrees: end.status === 'completed' && figures.length > 0 && figures.every(({ agrees }) => agrees),
  };
}
