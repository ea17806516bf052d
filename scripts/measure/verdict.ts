/**
 * Is one sample of runs faster than another? Rule 6 of docs/measurement.md: a difference counts only when the interval of
 * the ratio excludes 1, the corrected p-value is below 0.01, and the effect exceeds the machine's own noise.
 */
import { cliffsDelta, holm, mannWhitney } from './rank-tests.ts';
import { type Interval, mean, ratioInterval, standardDeviation } from './statistics.ts';

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
  /** Relative difference that this many runs, this noisy, can tell from none. */
  smallestDetectable: number | null;
  /** Runs a side that the test needs at least. */
  runsNeeded: number;
  verdict: 'higher' | 'lower' | 'no detectable difference' | 'too few runs';
}

/**
 * Compares every sample with the one at `reference`; p-values are corrected over all of them.
 * @param noiseFloor relative A/A noise of the machine; 0 when it was not measured
 */
export function compareWith(
  reference: readonly number[],
  samples: ReadonlyArray<readonly number[]>,
  noiseFloor = 0,
): Comparison[] {
  const corrected = holm(samples.map((sample) => mannWhitney(sample, reference).p));
  return samples.map((sample, i) => compare(sample, reference, corrected[i] ?? 1, samples.length, noiseFloor));
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
    smallestDetectable: smallestDetectable(a, b, family),
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

/**
 * Relative difference found with 80 % power by a two-sided test at the corrected significance: (z(1 - a/2) + z(0.8)) x the
 * standard error of the difference, over 0.955, the efficiency of the rank test on normal samples.
 * Null with fewer than two runs a side.
 */
export function smallestDetectable(a: readonly number[], b: readonly number[], family = 1): number | null {
  const [sa, sb] = [standardDeviation(a), standardDeviation(b)];
  if (sa === null || sb === null) return null;
  const standardError = Math.sqrt(sa ** 2 / a.length + sb ** 2 / b.length);
  const z = normalQuantile(1 - significance / family / 2) + normalQuantile(0.8);
  return (z * standardError) / Math.sqrt(0.955) / mean(b);
}

/** Inverse of the normal distribution, Acklam's rational approximation; relative error below 1.2e-9. */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const polynomial = (coefficients: readonly number[], x: number) => coefficients.reduce((sum, k) => sum * x + k, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(c, q) / polynomial(d, q);
  }
  if (p > 1 - 0.02425) return -normalQuantile(1 - p);
  const q = p - 0.5;
  return (polynomial(a, q * q) * q) / polynomial(b, q * q);
}
