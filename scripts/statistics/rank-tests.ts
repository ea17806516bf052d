/** Tests that assume no distribution: is one sample larger than the other, and by how much. */
import { normalTail } from './distributions.ts';
import { type Interval, quantile } from './statistics.ts';

const exactUpTo = 20;

/**
 * Two-sided Mann-Whitney U. Exact for small samples, otherwise the normal approximation with tie and continuity
 * correction. Source: Mann and Whitney 1947.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): { u: number; p: number } {
  const ranked = ranksOf([...a, ...b]);
  const rankSum = ranked.ranks.slice(0, a.length).reduce((sum, r) => sum + r, 0);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  if (a.length === 0 || b.length === 0) return { u, p: 1 };
  const exact = a.length <= exactUpTo && b.length <= exactUpTo;
  return {
    u,
    p: exact
      ? exactMannWhitney(ranked.ranks, a.length, rankSum)
      : normalMannWhitney(u, a.length, b.length, ranked.ties),
  };
}

/** Mid-ranks from 1, in the order of the values, and the size of every group of ties. */
export function ranksOf(values: readonly number[]): { ranks: number[]; ties: number[] } {
  const order = values.map((value, index) => ({ value, index })).sort((x, y) => x.value - y.value);
  const ranks = new Array<number>(values.length).fill(0);
  const ties: number[] = [];
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && order[end + 1]?.value === order[start]?.value) end++;
    for (let i = start; i <= end; i++) ranks[order[i]?.index ?? 0] = (start + end) / 2 + 1;
    if (end > start) ties.push(end - start + 1);
    start = end + 1;
  }
  return { ranks, ties };
}

function exactMannWhitney(ranks: readonly number[], m: number, rankSum: number): number {
  const doubled = ranks.map((value) => Math.round(value * 2));
  const expected = (m * doubled.reduce((sum, value) => sum + value, 0)) / doubled.length;
  const distance = Math.abs(Math.round(rankSum * 2) - expected);
  let extreme = 0;
  let total = 0;
  waysBySum(doubled, m).forEach((ways, sum) => {
    total += ways;
    if (Math.abs(sum - expected) >= distance - 1e-9) extreme += ways;
  });
  return extreme / total;
}

/**
 * Exact conditional distribution over all ways to deal the (mid-)ranks into two samples; ties are no obstacle. Counts
 * subsets of `m` ranks by their sum, in doubled ranks, which are whole numbers.
 */
function waysBySum(doubled: readonly number[], m: number): Float64Array {
  const largest = doubled.reduce((sum, value) => sum + value, 0);
  const counts = Array.from({ length: m + 1 }, () => new Float64Array(largest + 1));
  const start = counts[0];
  if (start !== undefined) start[0] = 1;
  for (const value of doubled) {
    for (let size = m; size > 0; size--) {
      const [including, excluding] = [counts[size], counts[size - 1]];
      if (including === undefined || excluding === undefined) continue;
      for (let sum = largest; sum >= value; sum--)
        including[sum] = (including[sum] ?? 0) + (excluding[sum - value] ?? 0);
    }
  }
  return counts[m] ?? new Float64Array();
}

/** The smallest U above its mean whose two-sided p is below `significance`, without ties; null where there is none. */
export function criticalU(m: number, n: number, significance: number): number | null {
  if (m > exactUpTo || n > exactUpTo) {
    let u = Math.ceil((m * n) / 2);
    while (u <= m * n && normalMannWhitney(u, m, n, []) >= significance) u++;
    return u <= m * n ? u : null;
  }
  const ways = waysBySum(
    Array.from({ length: m + n }, (_, i) => 2 * (i + 1)),
    m,
  );
  const total = ways.reduce((sum, count) => sum + count, 0);
  let upperTail = 0;
  for (let u = m * n; u > (m * n) / 2; u--) {
    upperTail += (ways[2 * u + m * (m + 1)] ?? 0) / total;
    if (2 * upperTail >= significance) return u === m * n ? null : u + 1;
  }
  return null;
}

/**
 * The Hodges-Lehmann estimate of the shift between two samples, which is the median of all differences between one of the first
 * and one of the second, and the 95 % interval of all the shifts that Mann-Whitney does not reject.
 * @param a at least four values, as many as `b` needs: of fewer the test rejects nothing at that level
 * Source: Hodges and Lehmann 1963.
 */
export function hodgesLehmannOfTwo(a: readonly number[], b: readonly number[]): Interval & { center: number } {
  const differences = a.flatMap((x) => b.map((y) => x - y)).sort((x, y) => x - y);
  const critical = criticalU(a.length, b.length, 0.05) ?? differences.length;
  return {
    center: quantile(differences, 0.5),
    low: differences[differences.length - critical] ?? Number.NaN,
    high: differences[critical - 1] ?? Number.NaN,
  };
}

function normalMannWhitney(u: number, m: number, n: number, ties: readonly number[]): number {
  const total = m + n;
  const tieTerm = ties.reduce((sum, t) => sum + (t ** 3 - t), 0) / (total * (total - 1));
  const sigma = Math.sqrt(((m * n) / 12) * (total + 1 - tieTerm));
  if (sigma === 0) return 1;
  const z = (Math.abs(u - (m * n) / 2) - 0.5) / sigma;
  return Math.min(1, 2 * normalTail(Math.max(0, z)));
}

/** Holm's step-down correction: adjusted p-values in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let floor = 0;
  order.forEach(({ p, index }, i) => {
    floor = Math.max(floor, Math.min(1, p * (pValues.length - i)));
    adjusted[index] = floor;
  });
  return adjusted;
}
