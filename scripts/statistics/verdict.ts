/**
 * Is one thing faster than another? Rule 7 of docs/measurement.md: a difference counts only when the interval of the ratio
 * excludes 1, the corrected p-value is below 0.01, and the effect exceeds the machine's own noise. This is the one function
 * that says so: at the end of a session, in the analysis of tables, in charts and reports. It also says how large a difference
 * must be to be found and how many rounds that takes, which is what "no detectable difference" leaves open.
 */
import { normalQuantile, studentQuantile } from './distributions.ts';
import { type LogRatio, logRatio, ratioOf, type Sample } from './log-ratio.ts';
import { holm } from './multiple-tests.ts';
import type { Interval } from './statistics.ts';

const power = 0.8;
const mostRounds = 10_000;

export interface Hurdles {
  /** Effects up to this |ln ratio| are never called a difference. */
  floor: number;
  /** Level of the two-sided test, corrected for the number of comparisons. */
  significance: number;
}

/**
 * The relative difference that a verdict finds in 80 of 100 such comparisons. Both of its hurdles count: the test, and an
 * observed effect above the floor. Null where there are too few rounds to know their noise.
 */
export function smallestDetectable(
  { standardError, degrees }: Pick<LogRatio, 'standardError' | 'degrees'>,
  hurdles: Hurdles,
): number | null {
  return standardError === null ? null : Math.expm1(detectable(standardError, degrees, hurdles));
}

/**
 * As |ln ratio|: where the noncentral t distribution exceeds its critical value in 80 of 100 cases, by its normal approximation.
 * Source: Abramowitz and Stegun 26.7.10.
 */
function detectable(standardError: number, degrees: number, { floor, significance }: Hurdles): number {
  const critical = studentQuantile(1 - significance / 2, degrees);
  const beyond = normalQuantile(power);
  const byTest = critical * (1 - 1 / (4 * degrees)) + beyond * Math.sqrt(1 + critical ** 2 / (2 * degrees));
  return Math.max(byTest * standardError, floor + beyond * standardError);
}

/**
 * Rounds with which a difference as large as the one that was seen is found in 80 of 100 cases, at the noise that was seen.
 * Null where it does not exceed the floor, so that no number of rounds makes it count.
 */
function roundsNeeded({ center, standardError, count }: LogRatio, hurdles: Hurdles, fewest: number): number | null {
  if (standardError === null) return fewest;
  const deviation = standardError * Math.sqrt(count);
  return roundsFor(Math.abs(center), deviation, hurdles, fewest);
}

/**
 * @param effect |ln ratio|
 * @param deviation of the logarithms of the ratios of single rounds
 */
export function roundsFor(effect: number, deviation: number, hurdles: Hurdles, fewest: number): number | null {
  if (effect <= hurdles.floor) return null;
  const finds = (rounds: number) => detectable(deviation / Math.sqrt(rounds), rounds - 1, hurdles) <= effect;
  let enough = fewest;
  while (!finds(enough) && enough < mostRounds) enough *= 2;
  let few = Math.max(fewest, enough / 2);
  if (finds(few)) return few;
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (finds(middle)) enough = middle;
    else few = middle;
  }
  return enough;
}

export const significance = 0.01;
/** An effect below this is never called a difference, however quiet the machine. */
export const smallestEffect = 0.02;
/**
 * From so many on even a test that assumes nothing can exclude 1 at 95 %: six of six signs are the same in 2 of 64 cases. Fewer
 * that lie close together by chance, as runs do that know two speeds, would look like certainty.
 */
export const fewestForVerdict = 6;

export interface Comparison {
  /** Ratio of the geometric means over the rounds in common; after Hodges and Lehmann from fifteen rounds on. */
  ratio: number;
  /** 95 % interval of the ratio; null below three rounds. */
  interval: Interval | null;
  /** p-value of the ratio, Holm-corrected over the family of comparisons. */
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
