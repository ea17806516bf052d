/** Latency percentiles, each only with samples enough behind it, and how many there are. */
import { percentileIsSupported, quantile } from './statistics.ts';

/** Null where fewer than five samples lie beyond it. */
export interface LatencyPercentiles {
  count: number;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
}

/** By linear interpolation, in the unit of the values; null for none. */
export function latencyPercentiles(values: readonly number[]): LatencyPercentiles | null {
  if (values.length === 0) return null;
  const sorted = Array.from(Float64Array.from(values).sort());
  const at = (p: number) => (percentileIsSupported(sorted.length, p) ? quantile(sorted, p) : null);
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}
