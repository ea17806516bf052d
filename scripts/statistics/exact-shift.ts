/**
 * How far is one sample from another, with a test and an interval that cannot contradict each other: the interval holds exactly
 * the shifts that the test does not reject. Values that are equal in both samples count against a difference.
 */
import { normalTail } from './distributions.ts';
import { differenceOfRank, differencesBelow } from './pair-selection.ts';
import type { Interval } from './statistics.ts';

export interface Shift {
  /** Median of all differences between one of the first and one of the second sample. Source: Hodges and Lehmann 1963. */
  center: number;
  /** Two-sided, of no shift. Source: Mann and Whitney 1947. */
  p: number;
  /** All shifts that the test does not reject at this level; null where so few values can reject none. */
  intervalAt: (level: number) => Interval | null;
}

/** @param a and b: at least one value each */
export function exactShift(a: readonly number[], b: readonly number[]): Shift {
  const differences = differencesOf(a, b);
  const above = differences.length - differences.below(0, true);
  const below = differences.below(0, false);
  const tails = upperTails(a.length, b.length);
  return {
    center: middleOf(differences),
    p: twoSided(tails, Math.max(above, below)),
    intervalAt: (level) => {
      const critical = criticalAt(tails, level);
      if (critical === null) return null;
      return { low: differences.at(differences.length - critical), high: differences.at(critical - 1) };
    },
  };
}

export interface ShiftRatio {
  center: number;
  /** All ratios that the test does not reject at `level`: 0.05 is an interval of 95 %. */
  interval: Interval | null;
  level: number;
}

/** A shift of logarithms as a ratio. */
export function ratioOfShift({ center, intervalAt }: Pick<Shift, 'center' | 'intervalAt'>, level: number): ShiftRatio {
  const interval = intervalAt(level);
  const back = interval === null ? null : { low: Math.exp(interval.low), high: Math.exp(interval.high) };
  return { center: Math.exp(center), interval: back, level };
}

/** All differences, by their ranks. */
interface Differences {
  readonly length: number;
  readonly at: (rank: number) => number;
  /** How many are below the limit. @param orEqual or equal to it */
  readonly below: (limit: number, orEqual: boolean) => number;
}

/** More are not made: looking a few of them up takes less. */
const mostSorted = 10_000;

function differencesOf(a: readonly number[], b: readonly number[]): Differences {
  const length = a.length * b.length;
  if (length > mostSorted) {
    const [ofA, ofB] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
    return {
      length,
      at: (rank) => differenceOfRank(ofA, ofB, rank),
      below: (limit, orEqual) => differencesBelow(ofA, ofB, limit, orEqual),
    };
  }
  const sorted = new Float64Array(length);
  let filled = 0;
  for (const x of a) for (const y of b) sorted[filled++] = x - y;
  sorted.sort();
  return {
    length,
    at: (rank) => sorted[rank] ?? Number.NaN,
    below: (limit, orEqual) => countBelow(sorted, limit, orEqual),
  };
}

/** How many values are below the limit. @param orEqual or equal to it */
function countBelow(sorted: Float64Array, limit: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] ?? Number.NaN;
    if (value < limit || (orEqual && value === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function middleOf({ length, at }: Differences): number {
  const half = length / 2;
  return (at(Math.ceil(half) - 1) + at(Math.floor(half))) / 2;
}

/** @param u how many pairs the one sample wins. Where less than half of them are won by either, nothing speaks for a shift. */
function twoSided({ of }: Tails, u: number): number {
  return Math.min(1, 2 * of(u));
}

/** The fewest won pairs with which the test rejects; null where even all of them do not suffice. */
function criticalAt(tails: Tails, level: number): number | null {
  let [low, high] = [0, tails.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (twoSided(tails, middle) < level) high = middle;
    else low = middle + 1;
  }
  return low === tails.length ? null : low;
}

/** The level that the test really has: the largest p below the one asked for. Null where it can reject nothing. */
export function attainedLevel(a: number, b: number, level: number): number | null {
  const tails = upperTails(a, b);
  const critical = criticalAt(tails, level);
  return critical === null ? null : twoSided(tails, critical);
}

/** Values a side with which the test can reject at all at this level: 2 / C(2n, n) must be below it. */
export function fewestForLevel(level: number): number {
  let orders = 1;
  for (let n = 1; ; n++) {
    orders *= (2 * (2 * n - 1)) / n;
    if (2 / orders < level) return n;
  }
}

const exactUpTo = 50;
const known = new Map<string, Tails>();

/** P(U >= u) without a shift, for u from 0 to below `length`, which is m n + 1; 0 beyond. */
interface Tails {
  readonly length: number;
  readonly of: (u: number) => number;
}

function upperTails(m: number, n: number): Tails {
  if (Math.max(m, n) > exactUpTo) return normalTails(m, n);
  const key = `${m} ${n}`;
  const found = known.get(key) ?? tabled(exactTails(m, n));
  known.set(key, found);
  return found;
}

function tabled(tails: Float64Array): Tails {
  return { length: tails.length, of: (u) => tails[u] ?? 0 };
}

function exactTails(m: number, n: number): Float64Array {
  const tails = distributionOfU(m, n);
  for (let u = tails.length - 2; u >= 0; u--) tails[u] = (tails[u] ?? 0) + (tails[u + 1] ?? 0);
  return tails;
}

/**
 * By the owner of the largest of all values: with chance i / (i + j) it is one of the i of the first sample, and wins against all
 * j of the second. Only sums of positive terms, so nothing cancels.
 */
function distributionOfU(m: number, n: number): Float64Array {
  let rows: Float64Array[] = Array.from({ length: n + 1 }, () => Float64Array.of(1));
  for (let i = 1; i <= m; i++) {
    const next: Float64Array[] = [Float64Array.of(1)];
    for (let j = 1; j <= n; j++) {
      const row = new Float64Array(i * j + 1);
      addShifted(row, rows[j], j, i / (i + j));
      addShifted(row, next[j - 1], 0, j / (i + j));
      next.push(row);
    }
    rows = next;
  }
  return rows[n] ?? Float64Array.of(1);
}

function addShifted(to: Float64Array, from: Float64Array | undefined, by: number, factor: number): void {
  if (from === undefined) return;
  for (let u = 0; u < from.length; u++) to[u + by] = (to[u + by] ?? 0) + factor * (from[u] ?? 0);
}

/** The normal approximation with continuity correction. */
function normalTails(m: number, n: number): Tails {
  const [center, deviation] = [(m * n) / 2, Math.sqrt((m * n * (m + n + 1)) / 12)];
  const of = (u: number) => {
    const z = (u - 0.5 - center) / deviation;
    return z >= 0 ? normalTail(z) : 1 - normalTail(-z);
  };
  return { length: m * n + 1, of: (u) => (u > m * n ? 0 : of(u)) };
}
