/**
 * Is one sample of runs faster than another? Rule 6 of docs/measurement.md: a difference counts only when the interval of
 * the ratio excludes 1, the corrected p-value is below 0.01, and the effect exceeds the machine's own noise.
 */
import { smallestDetectable } from './power.ts';
import { cliffsDelta, holm, mannWhitney } from './rank-tests.ts';
import { type Interval, mean, ratioInterval } from './statistics.ts';

const significance = 0.01;
/** An effect below this is never called a difference, however quiet the machine. */
export const smallestEffect = 0.02;

export interface Comparison {
  /** mean(a) / mean(b). */
  ratio: number;
  /** 95 % bootstrap interval of the ratio; null below three runs a side. */
  interval: Interval | null;
  /** Mann-Whitney, Holm-corrected over the family of comparisons. */
  p: number;
  /** Cliff's delta, from -1 to 1. */
  delta: number;
  /** Relative difference that this many runs, this noisy, show with a power of 80 %; null with too few runs. */
  smallestDetectable: number | null;
  /** Runs a side that the test needs at least. */
  runsNeeded: number;
  verdict: 'higher' | 'lower' | 'no detectable difference' | 'too few runs';
}

export interface ComparisonTerms {
  /** Relative A/A noise of the machine; 0 when it was not measured. */
  noiseFloor?: number;
  /**
   * `asked for`: a person named the reference. `chosen by its result`: it is the fastest or the slowest; then p-values are
   * corrected over all pairs, for any of them might have become the comparison that is shown.
   */
  reference: 'asked for' | 'chosen by its result';
}

/** Compares every sample with the one at `reference`; p-values are corrected over the whole family of comparisons. */
export function compareWith(
  reference: readonly number[],
  samples: ReadonlyArray<readonly number[]>,
  { noiseFloor = 0, reference: origin }: ComparisonTerms,
): Comparison[] {
  const withReference = samples.map((sample) => mannWhitney(sample, reference).p);
  const amongOthers = origin === 'asked for' ? [] : pairsOf(samples).map(([a, b]) => mannWhitney(a, b).p);
  const corrected = holm([...withReference, ...amongOthers]);
  return samples.map((sample, i) => compare(sample, reference, corrected[i] ?? 1, corrected.length, noiseFloor));
}

function pairsOf<T>(items: readonly T[]): Array<[T, T]> {
  return items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
}

function compare(
  a: readonly number[],
  b: readonly number[],
  p: number,
  family: number,
  noiseFloor: number,
): Comparison {
  const ratio = mean(a) / mean(b);
  const interval = ratioInterval(a, b);
  const runsNeeded = fewestRuns(family);
  const facts = {
    ratio,
    interval,
    p,
    delta: cliffsDelta(a, b),
    smallestDetectable: smallestDetectable(a, b, significance / family, Math.max(smallestEffect, noiseFloor)),
    runsNeeded,
  };
  if (interval === null || Math.min(a.length, b.length) < runsNeeded) return { ...facts, verdict: 'too few runs' };
  const excludesOne = interval.low > 1 || interval.high < 1;
  const effect = Math.abs(ratio - 1);
  if (excludesOne && p < significance && effect > Math.max(smallestEffect, noiseFloor)) {
    return { ...facts, verdict: ratio > 1 ? 'higher' : 'lower' };
  }
  return { ...facts, verdict: 'no detectable difference' };
}

/** Fewest runs a side at which complete separation can reach the corrected significance: 2 / C(2n, n) < 0.01 / family. */
export function fewestRuns(family: number): number {
  let n = 3;
  let arrangements = 20;
  while (2 / arrangements >= significance / Math.max(1, family)) {
    n++;
    arrangements = (arrangements * (2 * n) * (2 * n - 1)) / (n * n);
  }
  return n;
}
