/** Mean, median, 99th percentile and deviation, as each tool takes them. */
import { quantile } from '../../scripts/statistics/statistics.ts';
import { absent, type Measured } from './tool.ts';

export interface Distribution {
  count: number;
  mean: number;
  p50: number;
  p99: number;
  stddev: number;
}

/**
 * As NumPy and pandas do it: percentiles by linear interpolation.
 * @param lost 0 divides by n (numpy.std), 1 by n - 1 (pandas, and everybody who asks for a sample's)
 */
export function distribution(values: readonly number[], lost: 0 | 1): Measured {
  if (values.length === 0) return absent('nothing of it was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    kind: 'distribution',
    distribution: {
      count: sorted.length,
      mean,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      stddev: sorted.length - lost > 0 ? Math.sqrt(squares / (sorted.length - lost)) : 0,
    },
  };
}

/** As guidellm does it: each value counts by its weight, and a percentile is the first value at which so much is reached. */
export function weightedDistribution(weighted: ReadonlyArray<{ value: number; weight: number }>): Measured {
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return absent('nothing of it was measured');
  const sorted = weighted.toSorted((a, b) => a.value - b.value);
  const mean = sorted.reduce((sum, { value, weight }) => sum + value * weight, 0) / total;
  const variance = sorted.reduce((sum, { value, weight }) => sum + weight * (value - mean) ** 2, 0) / total;
  const at = (p: number) => {
    let reached = 0;
    const found = sorted.find(({ weight }) => {
      reached += weight / total;
      return reached >= p - 1e-12;
    });
    return (found ?? sorted.at(-1))?.value ?? Number.NaN;
  };
  return {
    kind: 'distribution',
    distribution: { count: weighted.length, mean, p50: at(0.5), p99: at(0.99), stddev: Math.sqrt(variance) },
  };
}
