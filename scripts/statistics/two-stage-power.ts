/** What a comparison of so many runs finds, and how many it takes: the part of a verdict that "no difference" leaves open. */
import { normalQuantile, studentQuantile } from './distributions.ts';
import { attainedLevel, fewestForLevel } from './exact-shift.ts';
import { standardDeviation } from './statistics.ts';

/** Chance with which a change of the stated size is found. */
const power = 0.9;

/** Mann-Whitney needs pi / 3 times the values of a t test where the noise is normal. Source: Lehmann 1975, 2.4. */
const runsBesideStudent = Math.PI / 3;
const mostRuns = 10_000;
const stepsUpTo = 20;

/** Of the logarithms, pooled over both sides; null for fewer than two runs on each. */
export function pooledDeviation(a: readonly number[], b: readonly number[]): number | null {
  const [ofA, ofB] = [standardDeviation(a), standardDeviation(b)];
  if (ofA === null || ofB === null) return null;
  const degrees = a.length + b.length - 2;
  return Math.sqrt(((a.length - 1) * ofA ** 2 + (b.length - 1) * ofB ** 2) / degrees);
}

/**
 * The smallest |ln ratio| that the exact test finds with the stated chance; null where so few runs can find none.
 * By the normal approximation of the noncentral t distribution, Abramowitz and Stegun 26.7.10.
 * @param deviation of the logarithms of single runs
 * @param runs a side
 */
export function smallestFound(deviation: number, runs: number, level: number, chance = power): number | null {
  if (runs < fewestForLevel(level)) return null;
  // With few runs the exact test steps from level to level, and keeps well below the one it was asked for.
  const attained = runs > stepsUpTo ? level : (attainedLevel(runs, runs, level) ?? level);
  const degrees = 2 * runs - 2;
  const critical = studentQuantile(1 - attained / 2, degrees);
  const noncentral =
    critical * (1 - 1 / (4 * degrees)) + normalQuantile(chance) * Math.sqrt(1 + critical ** 2 / (2 * degrees));
  return noncentral * deviation * Math.sqrt((2 * runsBesideStudent) / runs);
}

/**
 * Runs a side with which a change of this size is found with the stated chance; null where ten thousand do not suffice.
 * @param effect |ln ratio|, above 0
 */
export function runsToFind(effect: number, deviation: number, level: number, chance = power): number | null {
  const finds = (runs: number) => (smallestFound(deviation, runs, level, chance) ?? Number.POSITIVE_INFINITY) <= effect;
  let few = fewestForLevel(level);
  if (finds(few)) return few;
  let enough = 2 * few;
  while (!finds(enough) && enough < mostRuns) enough *= 2;
  if (!finds(enough)) return null;
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (finds(middle)) enough = middle;
    else few = middle;
  }
  return enough;
}
