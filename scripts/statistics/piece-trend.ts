/** Do the equal pieces of a run become slower or faster in their order, by more than noise that comes in waves would have it? */

import { shuffle } from './seeded-random.ts';
import { mean } from './statistics.ts';

/**
 * The most that the first autocorrelation of the noise may well be: the estimate from what is left after the best monotone curve,
 * corrected for its bias, plus one standard error. 0 where neighbours resemble each other no more than others do.
 *
 * A straight line would not do: what an engine gains in warming up is a curve or a step, and its distance from a line looks like
 * noise in long waves.
 * Sources: Kendall 1954 and Marriott and Pope 1954 for the bias, Bartlett 1946 for the error.
 */
export function likelyAutocorrelation(values: readonly number[]): number {
  const n = values.length;
  const residuals = fromMonotone(values);
  const center = mean(residuals);
  let squares = 0;
  let products = 0;
  let previous = 0;
  for (const [i, residual] of residuals.entries()) {
    const deviation = residual - center;
    squares += deviation ** 2;
    if (i > 0) products += deviation * previous;
    previous = deviation;
  }
  // Rounding alone is no noise.
  if (squares <= n * (1e-9 * mean(values)) ** 2) return 0;
  const corrected = (n * (products / squares) + 2) / (n - 4);
  const error = Math.sqrt(Math.max(0, 1 - corrected ** 2) / n);
  return Math.min(Math.max(corrected + error, 0), 0.98);
}

/** Differences from the rising or the falling curve that lies nearest. */
function fromMonotone(values: readonly number[]): number[] {
  const rising = residualsOf(values, isotonic(values));
  const fallen = isotonic(values.map((value) => -value)).map((value) => -value);
  const falling = residualsOf(values, fallen);
  return sumOfSquares(rising) <= sumOfSquares(falling) ? rising : falling;
}

/** The rising curve of the least squared distance, by pooling neighbours that violate it. Source: Barlow et al. 1972. */
function isotonic(values: readonly number[]): number[] {
  const pools: Array<{ level: number; count: number }> = [];
  for (const value of values) {
    let pool = { level: value, count: 1 };
    for (let last = pools.at(-1); last !== undefined && last.level > pool.level; last = pools.at(-1)) {
      const count = last.count + pool.count;
      pool = { level: (last.level * last.count + pool.level * pool.count) / count, count };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools.flatMap(({ level, count }) => new Array<number>(count).fill(level));
}

function residualsOf(values: readonly number[], curve: readonly number[]): number[] {
  return values.map((value, i) => value - (curve[i] ?? value));
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value ** 2, 0);
}

export interface PieceTrend {
  /** Two-sided: the share of orders of the blocks that have a slope as steep as this. */
  p: number;
  /** Change from the first to the last piece along the line that fits the logarithms: 0.1 is a tenth more. */
  change: number;
  /** Blocks of neighbouring pieces that were put into other orders. */
  blocks: number;
}

/** 7! orders: the two that are perfect are one in 2,520. */
export const fewestBlocks = 7;
/** More than these find no more, and have shorter blocks. */
const mostBlocks = 12;
/** Fewer show no autocorrelation. */
export const fewestForWaves = 24;
/** Blocks last so many times as long as the noise remembers. */
const blockLengths = 2;
const poolings = [1, 2, 4];
const drawnOrders = 4999;

/**
 * Permutation test of the slope over blocks that last longer than the autocorrelation of the noise, which is taken from the pieces
 * themselves. Null where too few such blocks fit: then a trend looks like a wave.
 * @param pieces paces of equal pieces in their order, positive ones
 * @param independent whether to take few pieces for independent of each other, where a false alarm costs little
 * Source: Kirch 2007, Block permutation principles for the change analysis of dependent data.
 */
export function pieceTrend(pieces: readonly number[], independent = false): PieceTrend | null {
  const n = pieces.length;
  const few = n < fewestForWaves;
  if (n < fewestBlocks || (few && !independent)) return null;
  const blocks = Math.min(mostBlocks, Math.floor(n / (few ? 1 : blockLength(pieces))));
  if (blocks < fewestBlocks) return null;
  const levels = blockMeans(pieces, blocks).map(Math.log);
  if (!levels.every(Number.isFinite)) return null;
  const slope = slopeOf(levels);
  return { p: shareAsSteep(levels, slope), change: Math.expm1((slope * blocks * (n - 1)) / n), blocks };
}

/**
 * In pieces. Noise of single gaps hides the waves beneath, so pieces are looked at by themselves and two and four together, and
 * the longest memory counts.
 */
function blockLength(pieces: readonly number[]): number {
  const lengths = poolings
    .filter((pooled) => pieces.length >= pooled * fewestForWaves)
    .map((pooled) => {
      const remembered = likelyAutocorrelation(blockMeans(pieces, Math.floor(pieces.length / pooled)));
      return remembered === 0 ? 1 : (pooled * blockLengths * (1 + remembered)) / (1 - remembered);
    });
  return Math.max(1, ...lengths);
}

/** Means of runs of neighbours of nearly equal length: they differ by one at most. */
export function blockMeans(values: readonly number[], blocks: number): number[] {
  const edge = (i: number) => Math.round((i * values.length) / blocks);
  return Array.from({ length: blocks }, (_, i) => mean(values.slice(edge(i), edge(i + 1))));
}

/** Least squares, per step. */
function slopeOf(levels: readonly number[]): number {
  const center = (levels.length - 1) / 2;
  let products = 0;
  let squares = 0;
  for (const [i, level] of levels.entries()) {
    products += (i - center) * level;
    squares += (i - center) ** 2;
  }
  return products / squares;
}

function shareAsSteep(levels: readonly number[], slope: number): number {
  const steep = Math.abs(slope) * (1 - 1e-9);
  // Of equal levels all orders are alike, but for rounding.
  if (steep < 1e-12) return 1;
  const orders = ordersOf(levels.length);
  let count = 0;
  for (const order of orders) {
    if (Math.abs(slopeOf(order.map((i) => levels[i] ?? 0))) >= steep) count++;
  }
  return count / orders.length;
}

const known = new Map<number, ReadonlyArray<readonly number[]>>();

/** All of them where they are few, or else the same drawn ones for ever, with the one that was seen. */
function ordersOf(count: number): ReadonlyArray<readonly number[]> {
  let orders = known.get(count);
  if (orders === undefined) {
    orders = count <= fewestBlocks ? allOrders(count) : someOrders(count);
    known.set(count, orders);
  }
  return orders;
}

function allOrders(count: number): number[][] {
  if (count === 0) return [[]];
  return allOrders(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, i) => order.toSpliced(i, 0, count - 1)),
  );
}

function someOrders(count: number): number[][] {
  const seen = Array.from({ length: count }, (_, i) => i);
  return [seen, ...Array.from({ length: drawnOrders }, (_, i) => shuffle(seen, count * 10_000 + i))];
}
