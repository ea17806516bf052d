/** Tests that assume no distribution: is one sample larger than the other, and by how much. */

const exactUpTo = 20;

/**
 * Two-sided Mann-Whitney U. Exact for small samples, otherwise the normal approximation with tie and continuity
 * correction. Source: Mann and Whitney 1947.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): { u: number; p: number } {
  const ranked = rank([...a, ...b]);
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

/** Mid-ranks from 1, and the size of every group of ties. */
function rank(values: readonly number[]): { ranks: number[]; ties: number[] } {
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

/**
 * Exact conditional distribution over all ways to deal the (mid-)ranks into two samples; ties are no obstacle. Counts
 * subsets of `m` ranks by their sum, in doubled ranks, which are whole numbers.
 */
function exactMannWhitney(ranks: readonly number[], m: number, rankSum: number): number {
  const doubled = ranks.map((value) => Math.round(value * 2));
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
  const expected = (m * largest) / doubled.length;
  const distance = Math.abs(Math.round(rankSum * 2) - expected);
  let extreme = 0;
  let total = 0;
  counts[m]?.forEach((count, sum) => {
    total += count;
    if (Math.abs(sum - expected) >= distance - 1e-9) extreme += count;
  });
  return extreme / total;
}

function normalMannWhitney(u: number, m: number, n: number, ties: readonly number[]): number {
  const total = m + n;
  const tieTerm = ties.reduce((sum, t) => sum + (t ** 3 - t), 0) / (total * (total - 1));
  const sigma = Math.sqrt(((m * n) / 12) * (total + 1 - tieTerm));
  if (sigma === 0) return 1;
  const z = (Math.abs(u - (m * n) / 2) - 0.5) / sigma;
  return Math.min(1, 2 * normalTail(Math.max(0, z)));
}

/** P(Z > z), Abramowitz and Stegun 7.1.26 through erfc; absolute error below 1.5e-7. */
export function normalTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return (polynomial * Math.exp(-x * x)) / 2;
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

/** P(a > b) - P(a < b), from -1 to 1. Source: Cliff 1993. */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number {
  let wins = 0;
  for (const x of a) for (const y of b) wins += Math.sign(x - y);
  return wins / (a.length * b.length);
}
