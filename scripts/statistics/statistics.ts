/** Statistics as docs/measurement.md has them. Pure functions over samples in closed form: nothing is drawn at random. */
import { quantileSorted } from 'd3-array';
import { medianAbsoluteDeviation } from 'simple-statistics';
import { studentQuantile } from './distributions.ts';

export interface Summary {
  count: number;
  /**
   * What stands for runs: the geometric mean, so that a rate and its time per token give the same ratio; the arithmetic one where a
   * sample is not above 0.
   */
  center: number;
  /** Arithmetic: the answers or repetitions of one run, as llama-bench averages them. */
  mean: number;
  median: number;
  min: number;
  max: number;
  /** Standard deviation of a sample (n - 1); null for a single value. */
  stddev: number | null;
  /** 95 % interval of the centre; null below three values, and within a run. */
  interval: Interval | null;
}

export interface Interval {
  low: number;
  high: number;
}

/** Null for no samples: statistics of nothing do not exist. */
export function summarize(samples: readonly number[]): Summary | null {
  if (samples.length === 0) return null;
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    center: centerOf(sorted),
    mean: mean(sorted),
    median: quantile(sorted, 0.5),
    min: sorted.at(0) ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    stddev: standardDeviation(sorted),
    interval: centerInterval(sorted),
  };
}

/** Statistics of the answers or repetitions of one run: they are no independent samples, so there is no interval. */
export function describe(samples: readonly number[]): Summary | null {
  const summary = summarize(samples);
  return summary === null ? null : { ...summary, interval: null };
}

const isPositive = (samples: readonly number[]) => samples.every((sample) => sample > 0);
const logsOf = (samples: readonly number[]) => samples.map(Math.log);

/** The geometric mean, or the arithmetic one where a sample is not above 0. */
export function centerOf(samples: readonly number[]): number {
  return isPositive(samples) ? Math.exp(mean(logsOf(samples))) : mean(samples);
}

/**
 * 95 % interval of the centre: Student's t over the logarithms, or over the values where one is not above 0. Of three to six
 * normal or lognormal samples it covers the truth in 95 of 100 cases, where a percentile bootstrap does in 73 to 89. Null
 * below three samples.
 */
export function centerInterval(samples: readonly number[]): Interval | null {
  if (samples.length < fewestForInterval) return null;
  if (!isPositive(samples)) return meanInterval(samples);
  const { low, high } = meanInterval(logsOf(samples));
  return { low: Math.exp(low), high: Math.exp(high) };
}

function meanInterval(samples: readonly number[]): Interval {
  const center = mean(samples);
  const standardError = (standardDeviation(samples) ?? 0) / Math.sqrt(samples.length);
  const margin = studentQuantile(0.975, samples.length - 1) * standardError;
  return { low: center - margin, high: center + margin };
}

/** Two samples have a deviation, but one that nobody should build on. */
export const fewestForInterval = 3;

export function mean(samples: readonly number[]): number {
  let sum = 0;
  for (const sample of samples) sum += sample;
  return sum / samples.length;
}

export function median(samples: readonly number[]): number {
  return quantile(
    samples.toSorted((a, b) => a - b),
    0.5,
  );
}

/** Sample standard deviation (n - 1); null for fewer than two values. */
export function standardDeviation(samples: readonly number[]): number | null {
  if (samples.length < 2) return null;
  const center = mean(samples);
  let squares = 0;
  for (const sample of samples) squares += (sample - center) ** 2;
  return Math.sqrt(squares / (samples.length - 1));
}

/** Linear interpolation (Hyndman and Fan's type 7) of ascending values. */
export function quantile(sorted: readonly number[], p: number): number {
  return quantileSorted([...sorted], p) ?? Number.NaN;
}

/** A percentile is worth showing only with at least five samples beyond it. */
export function percentileIsSupported(count: number, p: number): boolean {
  return count * (1 - p) >= 5 - 1e-9;
}

/**
 * Modified z-scores over the median absolute deviation; beyond 3.5 is an outlier. Where more than half of the samples are the
 * same, that deviation is 0, and the mean absolute deviation stands in. Source: Iglewicz and Hoaglin 1993.
 */
export function modifiedZScores(samples: readonly number[]): number[] {
  if (samples.length === 0) return [];
  const center = median(samples);
  const medianDeviation = medianAbsoluteDeviation([...samples]);
  const meanDeviation = mean(samples.map((sample) => Math.abs(sample - center)));
  const spread = medianDeviation > 0 ? medianDeviation / 0.6745 : meanDeviation * 1.253314;
  return samples.map((sample) => (spread === 0 ? 0 : (sample - center) / spread));
}

export const outlierThreshold = 3.5;
/** The median deviation of fewer samples is chance. */
export const fewestForOutliers = 5;

/** @param negligible deviations up to this share of the centre are none, however small the others */
export function isFarOff(value: number, z: number, center: number, negligible: number): boolean {
  return Math.abs(z) > outlierThreshold && Math.abs(value - center) > negligible * center;
}

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
