/** Order statistics of the means of all pairs, without making the pairs: of ten thousand values there are fifty million. */
import { seededRandom } from './seeded-random.ts';

/**
 * The mean of that rank, from 0, among the means of all pairs of values, each value with itself too: n (n + 1) / 2 of them. Rows of
 * the triangle ascend, so a pivot tells from each row what lies below it in one walk along its edge; the pivots are drawn from what
 * is left, and their number grows with the logarithm of n. Source: Monahan 1984, algorithm 616; Johnson and Mizoguchi 1978.
 * @param sorted ascending
 */
export function pairMeanOfRank(sorted: Float64Array, rank: number): number {
  const n = sorted.length;
  const random = seededRandom(n);
  const left = Int32Array.from({ length: n }, (_, i) => i);
  const right = new Int32Array(n).fill(n);
  let [below, remaining] = [0, (n * (n + 1)) / 2];
  while (remaining > Math.max(n, fewest)) {
    const pivot = meanAt(sorted, left, right, Math.floor(random() * remaining));
    const firstNotBelow = rowEnds(sorted, (mean) => mean < pivot);
    const firstAbove = rowEnds(sorted, (mean) => mean <= pivot);
    if (rank < areaOf(firstNotBelow)) lower(right, firstNotBelow);
    else if (rank < areaOf(firstAbove)) return pivot;
    else raise(left, firstAbove);
    below = 0;
    remaining = 0;
    for (let i = 0; i < n; i++) {
      below += (left[i] ?? 0) - i;
      remaining += Math.max(0, (right[i] ?? 0) - (left[i] ?? 0));
    }
  }
  return meansBetween(sorted, left, right, remaining)[rank - below] ?? Number.NaN;
}

/** So few are sorted at once. */
const fewest = 64;

/** Behind the last value of each row for which `isBefore` holds; it holds for fewer values the further down the row. */
function rowEnds(sorted: Float64Array, isBefore: (mean: number) => boolean): Int32Array {
  const n = sorted.length;
  const ends = new Int32Array(n);
  let end = n;
  for (let i = 0; i < n; i++) {
    while (end > i && !isBefore(((sorted[i] ?? 0) + (sorted[end - 1] ?? 0)) / 2)) end--;
    ends[i] = Math.max(end, i);
  }
  return ends;
}

function areaOf(ends: Int32Array): number {
  let area = 0;
  for (let i = 0; i < ends.length; i++) area += (ends[i] ?? 0) - i;
  return area;
}

function lower(right: Int32Array, ends: Int32Array): void {
  for (let i = 0; i < right.length; i++) right[i] = Math.min(right[i] ?? 0, ends[i] ?? 0);
}

function raise(left: Int32Array, ends: Int32Array): void {
  for (let i = 0; i < left.length; i++) left[i] = Math.max(left[i] ?? 0, ends[i] ?? 0);
}

/** The one at that place among those that are left, row by row. */
function meanAt(sorted: Float64Array, left: Int32Array, right: Int32Array, place: number): number {
  let before = 0;
  for (let i = 0; i < sorted.length; i++) {
    const width = Math.max(0, (right[i] ?? 0) - (left[i] ?? 0));
    if (place < before + width) return ((sorted[i] ?? 0) + (sorted[(left[i] ?? 0) + place - before] ?? 0)) / 2;
    before += width;
  }
  return Number.NaN;
}

function meansBetween(sorted: Float64Array, left: Int32Array, right: Int32Array, count: number): Float64Array {
  const means = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < sorted.length; i++)
    for (let j = left[i] ?? 0; j < (right[i] ?? 0); j++) means[at++] = ((sorted[i] ?? 0) + (sorted[j] ?? 0)) / 2;
  return means.sort();
}
