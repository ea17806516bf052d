/**
 * Intervals that assume nothing of the distribution of errors but that the next one is like those before it (Vovk, Gammerman and
 * Shafer 2005; Lei et al. 2018, Distribution-Free Predictive Inference for Regression). Errors are normalised: each divided by the
 * deviation that was expected of it, so that a doubtful prediction gets a wider interval than a safe one.
 */

export interface ConformalWidth {
  /** Expected deviations to either side. */
  readonly width: number;
  /** Errors behind it. */
  readonly count: number;
  /** quantile: covers the stated share. range: too few errors for that; the largest of them, widened by one part in their number. */
  readonly from: 'quantile' | 'range';
}

/** @param normalised absolute errors, each over its expected deviation. Null for none. */
export function conformalWidth(normalised: readonly number[], coverage: number): ConformalWidth | null {
  const sorted = normalised.toSorted((a, b) => a - b);
  const count = sorted.length;
  const rank = Math.ceil((count + 1) * coverage);
  const [largest, ranked] = [sorted.at(-1), sorted[rank - 1]];
  if (largest === undefined) return null;
  return ranked === undefined
    ? { width: largest * (1 + 1 / count), count, from: 'range' }
    : { width: ranked, count, from: 'quantile' };
}
