/** What became of a run that was held against a reference: judged, or why not. */

import type { RunRecord } from '../../log/run-log-format.ts';
import type { RunOutcome } from '../../run/run.ts';
import { type ParityFigures, parityFigures } from './figures.ts';
import type { ParityVerdictRecord } from './records.ts';

export type ParityStanding = Judged | NotJudged;

interface Judged {
  status: 'passed' | 'failed';
  /** What it was held against, and whether that is itself. */
  reference: string;
  self: boolean;
  figures: ParityFigures;
  /** In words, what failed. */
  reasons: readonly string[];
  tolerance: ParityVerdictRecord['tolerance'];
  log: string;
}

interface NotJudged {
  status: 'not judged';
  cause: 'missing' | 'failed' | 'interrupted';
  reason: string;
  remedy: string | null;
  /** Whether the model was loaded, so that measuring it is worth a try. */
  loaded: boolean;
}

/** @param reference name of what the run was held against */
export function standingOf({ records, end, logPath }: RunOutcome, reference: string): ParityStanding {
  const of = <T extends RunRecord['type']>(type: T) =>
    records.filter((record): record is Extract<RunRecord, { type: T }> => record.type === type);
  const verdict = of('parity_verdict').at(-1);
  if (end.status === 'completed' && verdict !== undefined) {
    return {
      status: verdict.passed ? 'passed' : 'failed',
      reference,
      self: of('parity_reference').at(-1)?.self ?? false,
      figures: parityFigures(of('parity')),
      reasons: verdict.reasons,
      tolerance: verdict.tolerance,
      log: logPath,
    };
  }
  return {
    status: 'not judged',
    cause: end.status === 'completed' ? 'failed' : end.status,
    reason: end.error?.message ?? 'there is no verdict in its log',
    remedy: end.error?.remedy ?? null,
    loaded: of('effective').length > 0,
  };
}

/** Of a run that could not be held against anything; it has not been tried. */
export function withoutReference(reference: string, standing: ParityStanding): ParityStanding {
  if (standing.status !== 'not judged') return standing;
  return { ...standing, reason: `the reference ${reference} did not run: ${standing.reason}`, loaded: true };
}

export const notTried: ParityStanding = {
  status: 'not judged',
  cause: 'interrupted',
  reason: 'stopped before its turn',
  remedy: null,
  loaded: false,
};
