/**
 * Is one thing faster than another? Rule 7 of docs/measurement.md: a difference counts only when the interval of the ratio
 * excludes 1, the corrected p-value is below 0.01, and the effect exceeds the machine's own noise. This is the one function
 * that says so: at the end of a session, in the analysis of tables, in charts and reports.
 */
import { significant } from '../command-line/format.ts';
import { type LogRatio, logRatio, ratioOf, type Sample } from './log-ratio.ts';
import { type Hurdles, roundsNeeded, smallestDetectable } from './power.ts';
import { holm } from './rank-tests.ts';
import type { Interval } from './statistics.ts';

export const significance = 0.01;
/** An effect below this is never called a difference, however quiet the machine. */
export const smallestEffect = 0.02;
/**
 * From so many on even a test that assumes nothing can exclude 1 at 95 %: six of six signs are the same in 2 of 64 cases. Fewer
 * that lie close together by chance, as runs do that know two speeds, would look like certainty.
 */
export const fewestForVerdict = 6;

export interface Comparison {
  /** Of the geometric means over the rounds in common; after Hodges and Lehmann from fifteen rounds on. */
  ratio: number;
  /** 95 % interval of the ratio; null below three rounds. */
  interval: Interval | null;
  /** Of the ratio, Holm-corrected over the family of comparisons. */
  p: number;
  method: LogRatio['method'];
  /** Rounds in common; where there are none, sessions of the side that has fewer. */
  count: number;
  /** Relative difference that so many rounds, so noisy, show with a power of 80 %; null with too few. */
  smallestDetectable: number | null;
  /** Rounds with which a difference as large as this one is found in 80 of 100 cases; null where it is below what counts. */
  roundsNeeded: number | null;
  verdict: 'higher' | 'lower' | 'no detectable difference' | 'too few runs';
}

export interface ComparisonTerms {
  /** A/A noise of the machine, as a relative difference; 0 when it was not measured. */
  noiseFloor?: number;
  /** Rounds below which nothing is said; fewer where some of enough are left out to see what they do. */
  fewest?: number;
  /**
   * `asked for`: a person named the reference. `chosen by its result`: it is the fastest or the slowest; then p-values are
   * corrected over all pairs, for any of them might have become the comparison that is shown.
   */
  reference: 'asked for' | 'chosen by its result';
}

/**
 * Compares every contender with the one at `reference`; p-values are corrected over the whole family of comparisons.
 * @param reference and contenders: at least one sample each
 */
export function compareWith(
  reference: readonly Sample[],
  contenders: ReadonlyArray<readonly Sample[]>,
  { noiseFloor = 0, fewest = fewestForVerdict, reference: origin }: ComparisonTerms,
): Comparison[] {
  const found = contenders.map((samples) => logRatio(samples, reference));
  const amongOthers = origin === 'asked for' ? [] : pairsOf(contenders).map(([a, b]) => logRatio(a, b));
  const corrected = holm([...found, ...amongOthers].map(({ p }) => p));
  const floor = Math.log1p(Math.max(smallestEffect, noiseFloor));
  return found.map((one, i) =>
    judged(one, corrected[i] ?? 1, { floor, significance: significance / corrected.length, fewest }),
  );
}

/** Why an interval that excludes 1 is no difference yet: a sentence, or '' where there is nothing to explain. */
export function whyNoDifference({ interval, p }: Pick<Comparison, 'interval' | 'p'>): string {
  if (interval === null || (interval.low <= 1 && interval.high >= 1)) return '';
  return p < significance
    ? `The interval excludes 1, but a verdict asks for more: a difference above ${smallestEffect * 100} % and above the noise of this machine.`
    : `The interval excludes 1, but a verdict asks for more: a p-value below ${significance}, corrected for the number of comparisons, and here it is ${significant(p, 2)}.`;
}

function pairsOf<T>(items: readonly T[]): Array<[T, T]> {
  return items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
}

/** @param p corrected */
function judged(found: LogRatio, p: number, hurdles: Hurdles & { fewest: number }): Comparison {
  const { center, interval, method, count } = found;
  const facts = {
    ...ratioOf(found),
    p,
    method,
    count,
    smallestDetectable: smallestDetectable(found, hurdles),
    roundsNeeded: roundsNeeded(found, hurdles, fewestForVerdict),
  };
  if (interval === null || count < hurdles.fewest) return { ...facts, verdict: 'too few runs' };
  const excludesOne = interval.low > 0 || interval.high < 0;
  if (excludesOne && p < significance && Math.abs(center) > hurdles.floor) {
    return { ...facts, verdict: center > 0 ? 'higher' : 'lower' };
  }
  return { ...facts, verdict: 'no detectable difference' };
}
