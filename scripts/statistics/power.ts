/** How large a difference must be to be found, and how many rounds that takes: what "no detectable difference" leaves open. */
import { normalQuantile, studentQuantile } from './distributions.ts';
import type { LogRatio } from './log-ratio.ts';

const power = 0.8;
const mostRounds = 10_000;

export interface Hurdles {
  /** Effects up to this |ln ratio| are never called a difference. */
  floor: number;
  /** Of the two-sided test, corrected for the number of comparisons. */
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
export function roundsNeeded(
  { center, standardError, count }: LogRatio,
  hurdles: Hurdles,
  fewest: number,
): number | null {
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
