/** An interval of the median that assumes nothing of the distribution. */
import type { Interval } from './statistics.ts';

/**
 * The narrowest pair of order statistics, equally far from both ends, that covers the median in at least 95 of 100 samples: so many
 * values of a coin's distribution lie between them. Null below six values, of which no pair does.
 * Source: Conover, Practical Nonparametric Statistics, 3.2.
 */
export function medianInterval(values: readonly number[]): Interval | null {
  const n = values.length;
  const sorted = values.toSorted((a, b) => a - b);
  let [outside, term, rank] = [0, 0.5 ** n, -1];
  for (let k = 0; k < n / 2 && 2 * (outside + term) <= 0.05; k++) {
    outside += term;
    term *= (n - k) / (k + 1);
    rank = k;
  }
  const [low, high] = [sorted[rank], sorted[n - 1 - rank]];
  return rank < 0 || low === undefined || high === undefined ? null : { low, high };
}
