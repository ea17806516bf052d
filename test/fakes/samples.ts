/** Figures in the clothes of runs. */
import type { Sample } from '../../scripts/statistics/log-ratio.ts';

/** Of one session, a round each. */
export function inRounds(values: readonly number[], session = 'session'): Sample[] {
  return values.map((value, round) => ({ value, session, round }));
}

/** Each started by itself. */
export function apart(values: readonly number[]): Sample[] {
  return values.map((value) => ({ value, session: null, round: null }));
}
