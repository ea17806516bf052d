/** Latency percentiles, each only with samples enough behind it, and how many there are. */
import { percentileIsSupported, quantile } from './statistics.ts';

/** Null where fewer than five samples lie beyond it. */
export interface LatencyPercentiles {
  /** Samples that are no repeats of others. */
  count: number;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
}

/**
 * By linear interpolation, in the unit of the values; null for none.
 * @param repeats how often each sample was taken: the same greedy answer again is no further one
 */
export function latencyPercentiles(values: readonly number[], repeats = 1): LatencyPercentiles | null {
  if (values.length === 0) return null;
  const sorted = Array.from(Float64Array.from(values).sort());
  const count = Math.round(sorted.length / repeats);
  const at = (p: number) => (percentileIsSupported(count, p) ? quantile(sorted, p) : null);
  return { count, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}
