/** Do the values of a series rise or fall as it goes on? By ranks and medians of slopes only, so that a single value is no trend. */
import { normalTail } from './distributions.ts';
import { medianInPlace } from './selection.ts';

export interface Trend {
  /** Two-sided. With values in no particular order it is below 0.01 in one run of a hundred: the rate of false alarms. */
  p: number;
  /** Change from the first to the last value along the median slope of their logarithms: 0.1 is a tenth more. */
  change: number;
}

const exactUpTo = 12;
/** All pairs of more values would be millions: then each is compared with the one half a series later. */
const allPairsUpTo = 500;

/**
 * Mann-Kendall's test with Theil-Sen's slope. Null below four values.
 * @param values positive ones
 */
export function trend(values: readonly number[]): Trend | null {
  const p = mannKendall(values);
  if (p === null) return null;
  return { p, change: Math.expm1(theilSen(values.map(Math.log)) * (values.length - 1)) };
}

/**
 * The two-sided p-value of Mann-Kendall's test. Exact for up to twelve values without ties, otherwise the normal approximation with
 * tie and continuity correction. Null below four values. It compares all pairs. Sources: Mann 1945, Kendall 1975.
 */
export function mannKendall(values: ArrayLike<number>): number | null {
  const n = values.length;
  if (n < 4) return null;
  const typed = Float64Array.from(values);
  let s = 0;
  for (let i = 0; i < n; i++) {
    const earlier = typed[i] ?? 0;
    for (let j = i + 1; j < n; j++) {
      const later = typed[j] ?? 0;
      if (later > earlier) s++;
      else if (later < earlier) s--;
    }
  }
  const ties = tieSizes(typed);
  return n <= exactUpTo && ties.length === 0 ? exactP(n, Math.abs(s)) : normalP(n, Math.abs(s), ties);
}

/**
 * The median slope from one value to a later one, in units of the values per place. Of more than 500 values, Theil's incomplete
 * estimate: each with the one half a series later. Sources: Theil 1950, Sen 1968.
 */
export function theilSen(values: ArrayLike<number>): number {
  const n = values.length;
  const typed = Float64Array.from(values);
  const complete = n <= allPairsUpTo;
  const half = Math.floor(n / 2);
  const slopes = new Float64Array(complete ? (n * (n - 1)) / 2 : n - half);
  let filled = 0;
  for (let i = 0; i < n; i++) {
    for (let j = complete ? i + 1 : i + half; j < n; j++) {
      slopes[filled++] = ((typed[j] ?? 0) - (typed[i] ?? 0)) / (j - i);
      if (!complete) break;
    }
  }
  return medianInPlace(slopes);
}

function tieSizes(values: ArrayLike<number>): number[] {
  const counts = new Map<number, number>();
  for (const value of Array.from(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].filter((size) => size > 1);
}

/** Share of the n! orders whose score is at least as far from nothing; orders are counted by their inversions. */
function exactP(n: number, s: number): number {
  const pairs = (n * (n - 1)) / 2;
  let counts = [1];
  for (let size = 2; size <= n; size++) {
    const next = new Array<number>(counts.length + size - 1).fill(0);
    for (const [inversions, count] of counts.entries()) {
      for (let more = 0; more < size; more++) next[inversions + more] = (next[inversions + more] ?? 0) + count;
    }
    counts = next;
  }
  let extreme = 0;
  let total = 0;
  for (const [inversions, count] of counts.entries()) {
    total += count;
    if (Math.abs(pairs - 2 * inversions) >= s) extreme += count;
  }
  return extreme / total;
}

function normalP(n: number, s: number, ties: readonly number[]): number {
  const term = (size: number) => size * (size - 1) * (2 * size + 5);
  const variance = (term(n) - ties.reduce((sum, size) => sum + term(size), 0)) / 18;
  if (variance <= 0) return 1;
  return Math.min(1, 2 * normalTail(Math.max(0, s - 1) / Math.sqrt(variance)));
}
