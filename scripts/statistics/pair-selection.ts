/** Order statistics of all pairs, without making the pairs: of ten thousand values there are fifty million. */
import { seededRandom } from './seeded-random.ts';

/** Numbers in rows that ascend, each below the row before it no smaller in any place. */
interface SortedRows {
  readonly rows: number;
  /** Behind the last place of every row. */
  readonly end: number;
  /** The first place of a row. */
  readonly begin: (row: number) => number;
  readonly at: (row: number, place: number) => number;
}

/**
 * The mean of that rank, from 0, among the means of all pairs of values, each value with itself too: n (n + 1) / 2 of them.
 * @param sorted ascending
 */
export function pairMeanOfRank(sorted: Float64Array, rank: number): number {
  const at = (i: number, j: number) => ((sorted[i] ?? 0) + (sorted[j] ?? 0)) / 2;
  return valueOfRank({ rows: sorted.length, end: sorted.length, begin: (i) => i, at }, rank);
}

/** The same of all differences between one of `a` and one of `b`. @param a and b: ascending */
export function differenceOfRank(a: Float64Array, b: Float64Array, rank: number): number {
  return valueOfRank(differenceRows(a, b), rank);
}

/** How many of these differences are below the limit. @param orEqual or equal to it */
export function differencesBelow(a: Float64Array, b: Float64Array, limit: number, orEqual: boolean): number {
  const rows = differenceRows(a, b);
  return areaOf(
    rows,
    rowEnds(rows, (value) => value < limit || (orEqual && value === limit)),
  );
}

function differenceRows(a: Float64Array, b: Float64Array): SortedRows {
  const last = b.length - 1;
  return { rows: a.length, end: b.length, begin: () => 0, at: (i, j) => (a[i] ?? 0) - (b[last - j] ?? 0) };
}

/**
 * A pivot tells from each row what lies below it in one walk along its edge; the pivots are drawn from what is left, and their
 * number grows with the logarithm of the rows. Source: Monahan 1984, algorithm 616; Johnson and Mizoguchi 1978.
 */
function valueOfRank(values: SortedRows, rank: number): number {
  const { rows, end, begin } = values;
  const random = seededRandom(rows);
  const left = Int32Array.from({ length: rows }, (_, row) => begin(row));
  const right = new Int32Array(rows).fill(end);
  for (;;) {
    const [below, remaining] = [areaOf(values, left), widthOf(left, right)];
    if (remaining <= Math.max(rows, fewest))
      return valuesBetween(values, left, right, remaining)[rank - below] ?? Number.NaN;
    const pivot = valueAmong(values, left, right, Math.floor(random() * remaining));
    const firstNotBelow = rowEnds(values, (value) => value < pivot);
    const firstAbove = rowEnds(values, (value) => value <= pivot);
    if (rank < areaOf(values, firstNotBelow)) lower(right, firstNotBelow);
    else if (rank < areaOf(values, firstAbove)) return pivot;
    else raise(left, firstAbove);
  }
}

/** So few are sorted at once. */
const fewest = 64;

/** Behind the last value of each row for which `isBefore` holds; it holds for fewer values the further down the row. */
function rowEnds({ rows, end, begin, at }: SortedRows, isBefore: (value: number) => boolean): Int32Array {
  const ends = new Int32Array(rows);
  let place = end;
  for (let row = 0; row < rows; row++) {
    const first = begin(row);
    while (place > first && !isBefore(at(row, place - 1))) place--;
    ends[row] = Math.max(place, first);
  }
  return ends;
}

function areaOf({ begin }: SortedRows, ends: Int32Array): number {
  let area = 0;
  for (let row = 0; row < ends.length; row++) area += (ends[row] ?? 0) - begin(row);
  return area;
}

function widthOf(left: Int32Array, right: Int32Array): number {
  let width = 0;
  for (let row = 0; row < left.length; row++) width += Math.max(0, (right[row] ?? 0) - (left[row] ?? 0));
  return width;
}

function lower(right: Int32Array, ends: Int32Array): void {
  for (let row = 0; row < right.length; row++) right[row] = Math.min(right[row] ?? 0, ends[row] ?? 0);
}

function raise(left: Int32Array, ends: Int32Array): void {
  for (let row = 0; row < left.length; row++) left[row] = Math.max(left[row] ?? 0, ends[row] ?? 0);
}

/** The one at that place among those that are left, row by row. */
function valueAmong({ rows, at }: SortedRows, left: Int32Array, right: Int32Array, place: number): number {
  let before = 0;
  for (let row = 0; row < rows; row++) {
    const width = Math.max(0, (right[row] ?? 0) - (left[row] ?? 0));
    if (place < before + width) return at(row, (left[row] ?? 0) + place - before);
    before += width;
  }
  return Number.NaN;
}

function valuesBetween({ rows, at }: SortedRows, left: Int32Array, right: Int32Array, count: number): Float64Array {
  const values = new Float64Array(count);
  let filled = 0;
  for (let row = 0; row < rows; row++)
    for (let place = left[row] ?? 0; place < (right[row] ?? 0); place++) values[filled++] = at(row, place);
  return values.sort();
}
