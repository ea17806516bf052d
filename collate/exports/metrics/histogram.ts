/** A histogram with explicit bounds, as OpenTelemetry has it: a bucket holds what is above its lower bound, up to its upper one. */
export interface Histogram {
  readonly bounds: readonly number[];
  /** One more than the bounds. */
  counts: number[];
  count: number;
  sum: number;
  min: number;
  max: number;
}

export function emptyHistogram(bounds: readonly number[]): Histogram {
  return {
    bounds,
    counts: Array.from({ length: bounds.length + 1 }, () => 0),
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  };
}

export function observe(histogram: Histogram, value: number): void {
  const found = histogram.bounds.findIndex((bound) => value <= bound);
  const bucket = found < 0 ? histogram.bounds.length : found;
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  histogram.count++;
  histogram.sum += value;
  histogram.min = Math.min(histogram.min, value);
  histogram.max = Math.max(histogram.max, value);
}
