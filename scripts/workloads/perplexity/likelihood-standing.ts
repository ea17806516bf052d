/** What became of a run that scored a text: its figures, or why there are none. */

import type { RunRecord } from '../../log/run-log-format.ts';
import type { RunOutcome } from '../../run/run.ts';
import type { PerplexityRecord, TextRecord } from './records.ts';

export type LikelihoodStanding = Scored | NotScored;

export interface Scored {
  status: 'scored';
  text: TextRecord;
  figures: PerplexityRecord;
  /** What it was held against, and whether that is itself; null where nothing was compared. */
  reference: { name: string; self: boolean } | null;
  log: string;
}

interface NotScored {
  status: 'not scored';
  cause: 'missing' | 'failed' | 'interrupted';
  reason: string;
  remedy: string | null;
  /** Null where no run was begun. */
  log: string | null;
}

/** @param reference name of what the run was held against */
export function standingOf({ records, end, logPath }: RunOutcome, reference: string | null): LikelihoodStanding {
  const last = <T extends RunRecord['type']>(type: T) =>
    records.findLast((record): record is Extract<RunRecord, { type: T }> => record.type === type);
  const [text, figures] = [last('text'), last('perplexity')];
  if (end.status === 'completed' && text !== undefined && figures !== undefined) {
    const self = last('likelihood_reference')?.self ?? false;
    return {
      status: 'scored',
      text,
      figures,
      reference: reference === null ? null : { name: reference, self },
      log: logPath,
    };
  }
  return {
    status: 'not scored',
    cause: end.status === 'completed' ? 'failed' : end.status,
    reason: end.error?.message ?? 'there is no result in its log',
    remedy: end.error?.remedy ?? null,
    log: logPath,
  };
}

/** Of a run that could not be held against anything; it has not been tried. */
export function withoutReference(reference: string, standing: LikelihoodStanding): LikelihoodStanding {
  if (standing.status === 'scored') return standing;
  return { ...standing, reason: `the reference ${reference} did not run: ${standing.reason}`, log: null };
}

export const notTried: LikelihoodStanding = {
  status: 'not scored',
  cause: 'interrupted',
  reason: 'stopped before its turn',
  remedy: null,
  log: null,
};
