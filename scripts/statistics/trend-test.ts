/** Do values rise or fall in the order in which they came, by more than chance would have it? */
import { normalTail } from './distributions.ts';
import { median } from './statistics.ts';

export interface Trend {
  /** Two-sided. With values in no particular order it is below 0.01 in one run of a hundred: the rate of false alarms. */
  p: number;
  /** Change from the first to the last value along the median slope of their logarithms: 0.1 is a tenth more. */
  change: number;
}

const exactUpTo = 12;

/**
 * Mann-Kendall's test with Theil-Sen's slope: ranks only, so that a single slow answer is no trend. Exact for up to twelve values
 * without ties, otherwise the normal approximation with tie and continuity correction. Null below four values. It compares all
 * pairs, so it is for values as few as the rounds of a session.
 * @param values positive ones
 * Sources: Mann 1945, Kendall 1975, Sen 1968.
 */
export function trend(values: readonly number[]): Trend | null {
  const n = values.length;
  if (n < 4) return null;
  let s = 0;
  const slopes: number[] = [];
  for (const [i, earlier] of values.entries()) {
    for (let j = i + 1; j < n; j++) {
      const later = values[j] ?? earlier;
      s += Math.sign(later - earlier);
      slopes.push(Math.log(later / earlier) / (j - i));
    }
  }
  const ties = tieSizes(values);
  const p = n <= exactUpTo && ties.length === 0 ? exactP(n, Math.abs(s)) : normalP(n, Math.abs(s), ties);
  return { p, change: Math.expm1(median(slopes) * (n - 1)) };
}

function tieSizes(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
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
