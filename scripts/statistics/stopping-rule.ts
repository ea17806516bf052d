/**
 * `--until 2%`: when has a comparison enough rounds? When every interval is narrow enough, or the time is up. The rule looks
 * at how wide intervals are and never at who is ahead, so it does not stop on a lucky difference.
 */
import { centerInterval } from './statistics.ts';

export interface PrecisionTarget {
  /** Half of the 95 % interval over the geometric mean, as a share. */
  halfWidth: number;
  /** Rounds before the widths are looked at. */
  fewestRounds: number;
  mostMs: number;
}

/** What is known between two rounds. */
export interface RoundsSoFar {
  rounds: number;
  elapsedMs: number;
  longestRoundMs: number;
  /** One sample a run; empty for a cell that never completed one. */
  cells: ReadonlyArray<{ name: string; samples: readonly number[] }>;
}

export interface Precision {
  name: string;
  /** Null below three runs. */
  halfWidth: number | null;
}

export type RoundDecision =
  | { kind: 'continue'; widest: Precision | null }
  | { kind: 'stop'; reason: StopReason; rounds: number; elapsedMs: number; widest: Precision | null };

type StopReason = 'narrow enough' | 'out of time' | 'nothing completes';

export type Stopped = Extract<RoundDecision, { kind: 'stop' }>;

/** A cell that has never completed a run cannot become narrow: it is left to the table of what did not run. */
export function decideAfterRound(target: PrecisionTarget, so: RoundsSoFar): RoundDecision {
  const widest = widestOf(so.cells.filter(({ samples }) => samples.length > 0));
  const stop = (reason: StopReason) =>
    ({ kind: 'stop', reason, rounds: so.rounds, elapsedMs: so.elapsedMs, widest }) as const;
  if (so.cells.length === 0) return stop('nothing completes');
  if (so.rounds >= target.fewestRounds) {
    if (widest === null) return stop('nothing completes');
    if (widest.halfWidth !== null && widest.halfWidth <= target.halfWidth) return stop('narrow enough');
  }
  // A round is measured whole or not at all: half of one would give some contenders more runs than others.
  if (so.elapsedMs + so.longestRoundMs > target.mostMs) return stop('out of time');
  return { kind: 'continue', widest };
}

/** A width that is not known yet counts as the widest. */
function widestOf(cells: RoundsSoFar['cells']): Precision | null {
  const widths = cells.map(({ name, samples }) => ({ name, halfWidth: relativeHalfWidth(samples) }));
  return widths.reduce<Precision | null>(
    (widest, each) => (widest === null || orInfinite(each) > orInfinite(widest) ? each : widest),
    null,
  );
}

const orInfinite = ({ halfWidth }: Precision) => halfWidth ?? Number.POSITIVE_INFINITY;

/** Half of the 95 % interval on a logarithmic scale, which is a share of the geometric mean; null below three samples. */
export function relativeHalfWidth(samples: readonly number[]): number | null {
  const interval = centerInterval(samples);
  return interval === null ? null : Math.log(interval.high / interval.low) / 2;
}
