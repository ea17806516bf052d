/** Takes samples of a rate until they agree, and summarises them. */
import { quantile } from 'd3-array';

export interface Sampled {
  /** The best sample, as in STREAM: other load makes a pass slower, never faster. */
  value: number;
  /** A median far below the best shows that the machine was busy with something else. */
  median: number;
  samples: number;
}

const fewestPasses = 5;
const mostPasses = 400;
/** Least share of the time budget to use, since clocks rise in the first milliseconds. */
const leastShare = 0.25;
/** When so many of the best samples are this close, more samples would not find a better one. */
const agreeing = 3;
const agreement = 0.01;
const nsPerMs = 1e6;

/**
 * Measures an amount of work per second, repeatedly until the best samples agree or the time is up.
 * @param passes runs a number of passes and returns their durations in nanoseconds
 * @param amount amount of work in one pass
 */
export async function sampleRate(
  passes: (count: number) => Promise<readonly number[]>,
  amount: number,
  budgetMs: number,
): Promise<Sampled> {
  // The first pass warms caches, pages and code.
  const [, second = 1] = await passes(2);
  const most = Math.min(mostPasses, Math.max(fewestPasses, Math.round((budgetMs * nsPerMs) / Math.max(1, second))));
  const durations: number[] = [];
  const least = Math.max(fewestPasses, Math.round(most * leastShare));
  while (durations.length < most && !(durations.length >= least && haveAgreed(durations.map((each) => 1 / each)))) {
    durations.push(...(await passes(Math.min(fewestPasses, most - durations.length))));
  }
  return sampled(durations.map((durationNs) => (amount / Math.max(1, durationNs)) * 1e9));
}

/** Whether the best rate has been reached often enough to be the ceiling. */
export function haveAgreed(rates: readonly number[]): boolean {
  const best = rates.toSorted((a, b) => b - a);
  return (best[agreeing - 1] ?? 0) >= (best[0] ?? Number.POSITIVE_INFINITY) * (1 - agreement);
}

export function sampled(rates: readonly number[]): Sampled {
  return { value: Math.max(...rates), median: quantile(rates, 0.5) ?? 0, samples: rates.length };
}
