/** Do the equal pieces of a run become slower or faster in their order, by more than noise that comes in waves would have it? */
import { likelyAutocorrelation } from './autocorrelation.ts';
import { shuffle } from './seeded-random.ts';
import { mean } from './statistics.ts';

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
/** Fewer tell no autocorrelation. */
export const fewestForWaves = 24;
/** Blocks last so many times as long as the noise remembers. */
const blockLengths = 2;
const poolings = [1, 2, 4];
const drawnOrders = 4999;

/**
 * Permutation test of the slope over blocks that last longer than the autocorrelation of the noise, which is taken from the pieces
 * themselves. Null where too few such blocks fit: then nobody can tell a trend from a wave.
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
