/**
 * Where does the level of a series change, and would the same values in another order show as much? The split was chosen because it
 * is the strongest of all, so its p-value is that of the whole search, not that of one test.
 */
import { ranksOf } from './ranks.ts';
import { seededIndices } from './seeded-random.ts';
import { medianInPlace } from './selection.ts';

export interface RankSplit {
  /** Index of the first value behind the split. */
  at: number;
  /** Sum of the ranks before it, less its expectation, over its standard deviation: above 0 where the level falls. */
  z: number;
}

export interface ChangePoint extends RankSplit {
  /** Two-sided: chance of a split as strong anywhere, if the order of the values means nothing. */
  p: number;
  /** `bound`: an upper bound said enough. `permutations`: as many orders as were needed were tried. */
  settledBy: 'bound' | 'permutations';
  /** Orders tried, and those of them with a split as strong. */
  permutations: number;
  exceedances: number;
}

/** Values on each side of a split, at least. */
export const fewestOfSide = 5;
export const fewestOfSeries = 2 * fewestOfSide;

/** A quiet series is settled after tens of orders; one that may be significant has as many as tell so. */
const enoughExceedances = 10;
const mostPermutations = 100_000;
/** How far the place of a split is looked for around the strongest one, and how often with the medians of the last place. */
const mostMoved = 10;
const placings = 3;
/** No weaker split has a bound that settles anything. */
const leastForBound = 4;

/**
 * The split with the largest standardised rank sum, at least five values from both ends. Null for fewer than ten values, and for
 * values that are all the same. Sources: Pettitt 1979; maximally selected rank statistics: Hothorn and Lausen 2003.
 */
export function strongestSplit(values: ArrayLike<number>): RankSplit | null {
  const centered = centeredRanks(values);
  return centered === null ? null : splitOf(centered);
}

/**
 * The strongest split with the p-value of the search for it. Orders are drawn until ten of them have a split as strong, or until
 * 100,000 were tried; a split that an upper bound puts below what so many can show is settled without any.
 * Sources: Besag and Clifford 1991 (sequential permutation tests).
 */
export function changePoint(values: ArrayLike<number>, seed: number): ChangePoint | null {
  const centered = centeredRanks(values);
  if (centered === null) return null;
  const split = splitOf(centered);
  const bound = Math.abs(split.z) < leastForBound ? 1 : searchBound(centered, Math.abs(split.z));
  if (bound < 1 / mostPermutations) {
    return { z: split.z, at: placed(values, split.at), p: bound, settledBy: 'bound', permutations: 0, exceedances: 0 };
  }
  const { permutations, exceedances } = permute(centered, split, seed);
  const p = exceedances >= enoughExceedances ? exceedances / permutations : (exceedances + 1) / (permutations + 1);
  return { z: split.z, at: placed(values, split.at), p, settledBy: 'permutations', permutations, exceedances };
}

function centeredRanks(values: ArrayLike<number>): Float64Array | null {
  if (values.length < fewestOfSeries) return null;
  const { ranks, ties } = ranksOf(Array.from(values));
  if (ties[0] === values.length) return null;
  const middle = (values.length + 1) / 2;
  return Float64Array.from(ranks, (rank) => rank - middle);
}

/** Variance of the sum of k of n centred ranks, drawn without replacement, is k (n - k) times this. */
function varianceUnit(centered: Float64Array): number {
  const n = centered.length;
  let squares = 0;
  for (const rank of centered) squares += rank * rank;
  return squares / (n * (n - 1));
}

function splitOf(centered: Float64Array): RankSplit {
  const n = centered.length;
  const unit = varianceUnit(centered);
  let sum = 0;
  let best = { at: fewestOfSide, z: 0 };
  for (let k = 1; k <= n - fewestOfSide; k++) {
    sum += centered[k - 1] ?? 0;
    if (k < fewestOfSide) continue;
    const z = sum / Math.sqrt(unit * k * (n - k));
    if (Math.abs(z) > Math.abs(best.z)) best = { at: k, z };
  }
  return best;
}

/**
 * The place near a split at which two levels fit best, by the sum of distances from their medians: the strongest rank sum is drawn
 * towards the middle of the series by values at the edge that happen to lie near the other level.
 */
function placed(values: ArrayLike<number>, at: number): number {
  const typed = Float64Array.from(values);
  let place = at;
  for (let round = 0; round < placings; round++) {
    const before = medianInPlace(typed.slice(0, place));
    const after = medianInPlace(typed.slice(place));
    let gain = 0;
    let best = { gain: 0, place };
    const from = Math.max(fewestOfSide, at - mostMoved);
    const to = Math.min(typed.length - fewestOfSide, at + mostMoved);
    for (let k = from + 1; k <= to; k++) {
      const value = typed[k - 1] ?? 0;
      gain += Math.abs(value - after) - Math.abs(value - before);
      if (k === from + 1) best = { gain: 0, place: from };
      if (gain > best.gain) best = { gain, place: k };
    }
    if (best.place === place) break;
    place = best.place;
  }
  return place;
}

function permute(
  centered: Float64Array,
  { z }: RankSplit,
  seed: number,
): { permutations: number; exceedances: number } {
  const n = centered.length;
  const last = n - fewestOfSide;
  // Squares spare the root: (sum / sd)^2 >= z^2. The observed split itself must count in spite of rounding.
  const limits = Float64Array.from({ length: n }, (_, i) => {
    const k = i + 1;
    return k < fewestOfSide || k > last
      ? Number.POSITIVE_INFINITY
      : z * z * (1 - 1e-12) * varianceUnit(centered) * k * (n - k);
  });
  const order = Float64Array.from(centered);
  const indexBelow = seededIndices(seed);
  let exceedances = 0;
  let permutations = 0;
  while (exceedances < enoughExceedances && permutations < mostPermutations) {
    if (drawnExceeds(order, limits, last, indexBelow)) exceedances++;
    permutations++;
  }
  return { permutations, exceedances };
}

/** Fisher-Yates from the front, so that a sum that is large enough ends the draw. */
function drawnExceeds(
  order: Float64Array,
  limits: Float64Array,
  last: number,
  indexBelow: (bound: number) => number,
): boolean {
  const n = order.length;
  let sum = 0;
  for (let i = 0; i < last; i++) {
    const j = i + indexBelow(n - i);
    const drawn = order[j] ?? 0;
    order[j] = order[i] ?? 0;
    order[i] = drawn;
    sum += drawn;
    if (sum * sum >= (limits[i] ?? 0)) return true;
  }
  return false;
}

/**
 * An upper bound of the p-value of the search: the number of splits times a bound of the two-sided Mann-Whitney p-value at the split
 * in the middle, where a standardised rank sum has its heaviest tails.
 */
function searchBound(centered: Float64Array, z: number): number {
  const n = centered.length;
  const m = Math.floor(n / 2);
  const distance = z * Math.sqrt(varianceUnit(centered) * m * (n - m));
  return Math.min(1, (n - 2 * fewestOfSide + 1) * 2 * rankSumTail(m, n - m, distance));
}

/**
 * Chernoff's bound of P(rank sum of m of m + n values >= its mean + distance): the minimum over t of exp(-t distance) times the
 * exact generating function, a product over i of sinh(t (n + i) / 2) / sinh(t i / 2) * i / (n + i). Ties only make tails lighter: a
 * mid-rank is the mean of the ranks that it stands for (Jensen). Source: Mann and Whitney 1947 (the generating function).
 */
export function rankSumTail(m: number, n: number, distance: number): number {
  if (distance <= 0) return 1;
  if (distance > (m * n) / 2) return 0;
  const exponent = (t: number) => {
    let sum = -t * distance;
    for (let i = 1; i <= m; i++) sum += logSinhc(t * (n + i)) - logSinhc(t * i);
    return sum;
  };
  const start = (12 * distance) / (m * n * (m + n + 1));
  let [low, high] = [Math.log(start / 4), Math.log(start * 64)];
  // Any t gives a bound: a minimum that is nearly met will do.
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let step = 0; step < 24; step++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (exponent(Math.exp(left)) < exponent(Math.exp(right))) high = right;
    else low = left;
  }
  return Math.min(1, Math.exp(exponent(Math.exp((low + high) / 2))));
}

/** ln(sinh(x / 2) / (x / 2)) for x > 0. */
function logSinhc(x: number): number {
  return x < 1e-6 ? (x * x) / 24 : x / 2 + Math.log(-Math.expm1(-x) / x);
}
