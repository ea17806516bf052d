/**
 * Statistics as docs/measurement.md has them. Pure functions over samples; anything random is drawn from a seed, so the
 * same measurements always give the same bytes.
 */
import { quantileSorted } from 'd3-array';
import { medianAbsoluteDeviation } from 'simple-statistics';
import { normalTail, studentQuantile } from './distributions.ts';
import { seededRandom } from './seeded-random.ts';

export interface Summary {
  count: number;
  mean: number;
  median: number;
  min: number;
  max: number;
  /** Of a sample (n - 1); null for a single value. */
  stddev: number | null;
  /** 95 % bootstrap interval of the mean; null below three values. */
  interval: Interval | null;
}

export interface Interval {
  low: number;
  high: number;
}

/** Null for no samples: statistics of nothing do not exist. */
export function summarize(samples: readonly number[], seed = 1): Summary | null {
  if (samples.length === 0) return null;
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    mean: mean(sorted),
    median: quantile(sorted, 0.5),
    min: sorted.at(0) ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    stddev: standardDeviation(sorted),
    interval: bootstrapInterval(sorted, mean, seed),
  };
}

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

const resamples = 2000;

function resample<T>(samples: readonly T[], random: () => number, into: T[]): void {
  for (let i = 0; i < samples.length; i++) {
    const drawn = samples[Math.floor(random() * samples.length)];
    if (drawn !== undefined) into[i] = drawn;
  }
}

/**
 * Share of the resampled values to leave out at each end. A plain percentile bootstrap leaves out 2.5 %, and of few samples
 * covers the truth too seldom: of five in 84 of 100 cases. This is the expanded one, which widens by the root of
 * n / (n - 1) and by Student's t. Source: Hesterberg, What Teachers Should Know About the Bootstrap, 2015.
 * @param fewest samples, of the smaller group where there are two
 */
function tailShare(fewest: number, degrees: number): number {
  return normalTail(Math.sqrt(fewest / (fewest - 1)) * studentQuantile(0.975, degrees));
}

function intervalOf(resampled: readonly number[], tail: number): Interval {
  const sorted = Array.from(Float64Array.from(resampled).sort());
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/**
 * 95 % expanded percentile bootstrap; null below three samples, where it would only repeat the range. Samples may be numbers,
 * or pairs that belong together and are drawn together.
 */
export function bootstrapInterval<T>(
  samples: readonly T[],
  statistic: (samples: readonly T[]) => number,
  seed = 1,
): Interval | null {
  if (samples.length < 3) return null;
  const random = seededRandom(seed);
  const drawn = [...samples];
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    resample(samples, random, drawn);
    values.push(statistic(drawn));
  }
  return intervalOf(values, tailShare(samples.length, samples.length - 1));
}

/** 95 % bootstrap interval of mean(a) / mean(b), both resampled. */
export function ratioInterval(a: readonly number[], b: readonly number[], seed = 1): Interval | null {
  if (a.length < 3 || b.length < 3) return null;
  const random = seededRandom(seed);
  const drawnA = new Array<number>(a.length).fill(0);
  const drawnB = new Array<number>(b.length).fill(0);
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    resample(a, random, drawnA);
    resample(b, random, drawnB);
    values.push(mean(drawnA) / mean(drawnB));
  }
  return intervalOf(values, tailShare(Math.min(a.length, b.length), a.length + b.length - 2));
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
