/** The test of Mann and Whitney with mid-ranks: an oracle for ours, which counts values that are equal against a difference. */
import { normalTail } from '../../../scripts/statistics/distributions.ts';
import { ranksOf } from '../../../scripts/statistics/ranks.ts';

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

function normalMannWhitney(u: number, m: number, n: number, ties: readonly number[]): number {
  const total = m + n;
  const tieTerm = ties.reduce((sum, t) => sum + (t ** 3 - t), 0) / (total * (total - 1));
  const sigma = Math.sqrt(((m * n) / 12) * (total + 1 - tieTerm));
  if (sigma === 0) return 1;
  const z = (Math.abs(u - (m * n) / 2) - 0.5) / sigma;
  return Math.min(1, 2 * normalTail(Math.max(0, z)));
}
