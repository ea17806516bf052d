/** How large a difference must be to be found: what "no detectable difference" leaves open. */
import { normalQuantile } from './distributions.ts';
import { criticalU } from './rank-tests.ts';
import { seededRandom } from './seeded-random.ts';
import { mean, quantile, standardDeviation } from './statistics.ts';

const power = 0.8;
const draws = 2000;

/**
 * The relative difference of means that a verdict finds in 80 of 100 such comparisons, were the runs normal with the
 * deviation that these have. Both of its hurdles count: the rank test, and an observed effect above the floor.
 * @param significance of the two-sided test, corrected for the number of comparisons
 * @param floor effects up to this are never called a difference
 * @returns null where the test cannot find anything with so few runs
 */
export function smallestDetectable(
  a: readonly number[],
  b: readonly number[],
  significance: number,
  floor: number,
): number | null {
  const [sa, sb] = [standardDeviation(a), standardDeviation(b)];
  const shift = smallestShift(a.length, b.length, significance);
  if (sa === null || sb === null || shift === null) return null;
  const pooled = Math.sqrt((sa ** 2 + sb ** 2) / 2);
  const standardError = Math.sqrt(sa ** 2 / a.length + sb ** 2 / b.length);
  return Math.max((shift * pooled) / mean(b), floor + (normalQuantile(power) * standardError) / mean(b));
}

const known = new Map<string, number | null>();

/**
 * The shift between two normal samples, in standard deviations, that Mann-Whitney finds with a power of 80 %. With few
 * samples the test is far from its large-sample efficiency, so it is simulated, with a fixed seed: U reaches its critical
 * value once the shift exceeds as many of the pairwise differences.
 */
function smallestShift(m: number, n: number, significance: number): number | null {
  const key = `${m}/${n}/${significance}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const critical = criticalU(m, n, significance);
  const shift = critical === null ? null : quantile(shiftsNeeded(m, n, critical), power);
  known.set(key, shift);
  return shift;
}

/** Of every draw the shift at which U becomes significant, ascending. */
function shiftsNeeded(m: number, n: number, critical: number): number[] {
  const normal = normalDeviates(seededRandom(1));
  const differences = new Float64Array(m * n);
  const shifts: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const a = Array.from({ length: m }, normal);
    const b = Array.from({ length: n }, normal);
    a.forEach((x, i) => {
      b.forEach((y, j) => {
        differences[i * n + j] = y - x;
      });
    });
    differences.sort();
    shifts.push(differences[critical - 1] ?? Number.NaN);
  }
  return shifts.sort((x, y) => x - y);
}

/** By the Box-Muller transform. */
function normalDeviates(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
