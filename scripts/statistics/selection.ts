/** Order statistics without sorting, where sorting would take most of the time. */

/**
 * The median of the values, whose order is changed by it; NaN of none. Hoare's selection with the median of three as pivot: the
 * time is linear in their number. Source: Hoare 1961.
 */
export function medianInPlace(values: Float64Array): number {
  const n = values.length;
  if (n === 0) return Number.NaN;
  const upper = Math.floor(n / 2);
  select(values, upper);
  const high = values[upper] ?? Number.NaN;
  if (n % 2 === 1) return high;
  let low = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < upper; i++) low = Math.max(low, values[i] ?? low);
  return (low + high) / 2;
}

/** Puts the value of that rank into its place, no larger ones before it and no smaller ones behind it. */
function select(values: Float64Array, rank: number): void {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = medianOfThree(values, left, right);
    let [i, j] = [left, right];
    while (i <= j) {
      while ((values[i] ?? pivot) < pivot) i++;
      while ((values[j] ?? pivot) > pivot) j--;
      if (i > j) break;
      const swapped = values[i] ?? 0;
      values[i] = values[j] ?? 0;
      values[j] = swapped;
      i++;
      j--;
    }
    if (rank <= j) right = j;
    else if (rank >= i) left = i;
    else return;
  }
}

function medianOfThree(values: Float64Array, left: number, right: number): number {
  const [a, b, c] = [values[left] ?? 0, values[(left + right) >> 1] ?? 0, values[right] ?? 0];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
