/**
 * The rule of Apache Otava (Hunter), to stand beside ours: E-divisive in windows of 50 runs with ten times the level, then Student's t
 * tests at the level itself, the weakest point merged away first. Written from its documentation and from
 * "Hunter: Using Change Point Detection to Hunt for Performance Regressions" (Fleming et al. 2023), its way of taking deviations included.
 */
import { studentTails } from '../../scripts/statistics/distributions.ts';

const windowRuns = 50;

interface Point {
  at: number;
  p: number;
  /** The larger of the relative changes in both directions. */
  magnitude: number;
}

/** @returns where the level changes, by the rule */
export function otavaChangePoints(series: readonly number[], level = 0.001, magnitude = 0): number[] {
  let points = tested(series, weakPoints(series, level * 10));
  while (points.length > 0) {
    let weakest = points.reduce((a, b) => (b.p > a.p ? b : a));
    if (weakest.p < level) {
      weakest = points.reduce((a, b) => (b.magnitude < a.magnitude ? b : a));
      if (weakest.magnitude > magnitude) break;
    }
    points = tested(
      series,
      points.filter((point) => point !== weakest).map(({ at }) => at),
    );
  }
  return points.map(({ at }) => at);
}

function weakPoints(series: readonly number[], level: number): number[] {
  const found = new Set<number>();
  for (let start = 0; start < series.length; ) {
    const inWindow = divided(series.slice(start, start + windowRuns), level).map((at) => at + start);
    for (const at of inWindow) found.add(at);
    start = Math.max(inWindow.at(-1) ?? 0, start + windowRuns / 2);
  }
  return [...found].sort((a, b) => a - b);
}

/** Splits where the parts differ most, until the next split is not significant. */
function divided(values: readonly number[], level: number): number[] {
  let points: number[] = [];
  for (;;) {
    const ends = [0, ...points, values.length];
    const candidates = ends.slice(1).flatMap((end, i) => candidateIn(values, ends[i] ?? 0, end) ?? []);
    const best = candidates.sort((a, b) => b.q - a.q)[0];
    if (best === undefined) return points;
    const sides = [values.slice(best.from, best.at), values.slice(best.at, best.to)] as const;
    if (tTest(...sides).p > level) return points;
    points = [...points, best.at].sort((a, b) => a - b);
  }
}

function candidateIn(values: readonly number[], from: number, to: number) {
  const n = to - from;
  if (n < 2) return null;
  // within[a][b]: distances of all pairs among the values from a to before b.
  const within = Array.from({ length: n + 1 }, () => new Float64Array(n + 1));
  for (let b = 2; b <= n; b++) {
    let toLast = 0;
    for (let a = b - 2; a >= 0; a--) {
      toLast += Math.abs((values[from + a] ?? 0) - (values[from + b - 1] ?? 0));
      const row = within[a];
      if (row !== undefined) row[b] = (row[b - 1] ?? 0) + toLast;
    }
  }
  const pairs = (a: number, b: number) => within[a]?.[b] ?? 0;
  let best = { q: Number.NEGATIVE_INFINITY, at: from + 1, from, to };
  for (let tau = 1; tau < n; tau++) {
    for (let kappa = tau + 1; kappa <= n; kappa++) {
      const [left, right] = [tau, kappa - tau];
      const between = pairs(0, kappa) - pairs(0, tau) - pairs(tau, kappa);
      const leftWithin = left > 1 ? (right / (left - 1)) * pairs(0, tau) : 0;
      const rightWithin = right > 1 ? (left / (right - 1)) * pairs(tau, kappa) : 0;
      const q = (2 / kappa) * (between - leftWithin - rightWithin);
      if (q > best.q) best = { q, at: from + tau, from, to };
    }
  }
  return best;
}

function tested(series: readonly number[], points: readonly number[]): Point[] {
  return points.map((at, i) => {
    const [left, right] = [series.slice(points[i - 1] ?? 0, at), series.slice(at, points[i + 1] ?? series.length)];
    return { at, ...tTest(left, right) };
  });
}

/** With pooled variance; deviations are those of a population, as there. */
function tTest(a: readonly number[], b: readonly number[]): Pick<Point, 'p' | 'magnitude'> {
  const meanOf = (side: readonly number[]) => side.reduce((sum, value) => sum + value, 0) / side.length;
  const [first, second] = [meanOf(a), meanOf(b)];
  const varianceOf = (side: readonly number[], mean: number) =>
    side.reduce((sum, value) => sum + (value - mean) ** 2, 0) / side.length;
  const degrees = a.length + b.length - 2;
  const magnitude = Math.max(Math.abs(second / first - 1), Math.abs(first / second - 1));
  if (degrees <= 0) return { p: 1, magnitude };
  const pooled = ((a.length - 1) * varianceOf(a, first) + (b.length - 1) * varianceOf(b, second)) / degrees;
  const error = Math.sqrt(pooled * (1 / a.length + 1 / b.length));
  return { p: studentTails(Math.abs(first - second) / error, degrees), magnitude };
}
