/** Tests that assume no distribution: is one sample larger than the other, and by how much. */

/**
 * Two-sided Mann-Whitney U. Exact for small samples without ties (both at most 20), otherwise the normal approximation
 * with tie and continuity correction. Source: Mann and Whitney 1947.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): { u: number; p: number } {
  const ranked = rank([...a, ...b]);
  const rankSum = ranked.ranks.slice(0, a.length).reduce((sum, r) => sum + r, 0);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  if (a.length === 0 || b.length === 0) return { u, p: 1 };
  const exact = ranked.ties.length === 0 && a.length <= 20 && b.length <= 20;
  return {
    u,
    p: exact ? exactMannWhitney(u, a.length, b.length) : normalMannWhitney(u, a.length, b.length, ranked.ties),
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

/** Counts the arrangements with each U by the recurrence f(m, n, u) = f(m - 1, n, u - n) + f(m, n - 1, u). */
function exactMannWhitney(u: number, m: number, n: number): number {
  let previous: number[][] = Array.from({ length: n + 1 }, () => [1]);
  for (let i = 1; i <= m; i++) {
    const current: number[][] = [[1]];
    for (let j = 1; j <= n; j++) {
      const counts = new Array<number>(i * j + 1).fill(0);
      previous[j]?.forEach((value, k) => {
        counts[k + j] = (counts[k + j] ?? 0) + value;
      });
      current[j - 1]?.forEach((value, k) => {
        counts[k] = (counts[k] ?? 0) + value;
      });
      current.push(counts);
    }
    previous = current;
  }
  const counts = previous[n] ?? [];
  const total = counts.reduce((sum, value) => sum + value, 0);
  const extreme = Math.min(u, m * n - u);
  const tail = counts.slice(0, Math.floor(extreme) + 1).reduce((sum, value) => sum + value, 0);
  return Math.min(1, (2 * tail) / total);
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
function normalTail(z: number): number {
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
