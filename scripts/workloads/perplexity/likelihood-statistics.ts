/** Statistics over scored tokens, by the formulas of llama-perplexity (tools/perplexity/perplexity.cpp, `kl_divergence`). */
import { percentileIsSupported } from '../../statistics/statistics.ts';

export interface Estimate {
  value: number;
  /** Standard error; null of too few. */
  error: number | null;
}

/** Sums from which a mean, its error and its covariance with another can be had. */
export interface Sums {
  sum: number;
  squares: number;
}

/** Fewer say nothing of their spread; `mean_and_uncertainty` there. */
const fewestForError = 11;

export function sumsOf(values: readonly number[]): Sums {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return { sum, squares };
}

/** Mean, and √((mean of squares − square of mean) / (n − 1)). */
export function meanOf({ sum, squares }: Sums, count: number): Estimate {
  const value = sum / count;
  const variance = squares / count - value * value;
  if (count < fewestForError) return { value, error: null };
  return { value, error: variance > 0 ? Math.sqrt(variance / (count - 1)) : 0 };
}

/** exp of a mean: its error is that of the mean times the value. */
export function exponentialOf({ value, error }: Estimate): Estimate {
  return { value: Math.exp(value), error: error === null ? null : Math.exp(value) * error };
}

/** Covariance of the means of two paired samples. @param products sum of a·b */
export function covarianceOfMeans(a: Sums, b: Sums, products: number, count: number): number {
  return (products / count - (a.sum / count) * (b.sum / count)) / (count - 1);
}

/** Difference of two means of paired samples. */
export function differenceOf(a: Estimate, b: Estimate, covariance: number): Estimate {
  const value = a.value - b.value;
  if (a.error === null || b.error === null) return { value, error: null };
  return { value, error: Math.sqrt(Math.max(0, a.error ** 2 + b.error ** 2 - 2 * covariance)) };
}

/** √ of a mean of squares: Δ√x = Δx / (2√x). */
export function rootOf({ value, error }: Estimate): Estimate {
  const root = Math.sqrt(value);
  return { value: root, error: error === null || root === 0 ? error : (0.5 / root) * error };
}

/** A share of so many, with √(p (1 − p) / (n − 1)). */
export function shareOf(hits: number, count: number): Estimate {
  const value = hits / count;
  return { value, error: count < fewestForError ? null : Math.sqrt((value * (1 - value)) / (count - 1)) };
}

/**
 * Linear interpolation, R-7, as there. Null where too few values lie beyond it.
 * @param sorted ascending
 * @param p between 0 and 1
 */
export function percentileOf(sorted: Float64Array, p: number): number | null {
  if (!percentileIsSupported(sorted.length, Math.max(p, 1 - p))) return null;
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
