/** How often a figure is taken, and what becomes of the samples. */
import { quantile } from 'd3-array';

export interface Sampled {
  /** The best of the samples, as STREAM has it: whatever else the machine does makes a pass slower, never faster. */
  value: number;
  /** Far below the best: the machine was busy with something else too. */
  median: number;
  samples: number;
}

const fewestPasses = 5;
const mostPasses = 400;
const nsPerMs = 1e6;

/**
 * Amount per second of a piece of work, as often as the time allows.
 * @param passes runs so many passes and gives their durations in nanoseconds
 * @param amount of what is counted, in one pass
 */
export async function sampleRate(
  passes: (count: number) => Promise<readonly number[]>,
  amount: number,
  budgetMs: number,
): Promise<Sampled> {
  // The first pass warms caches, pages and code.
  const [, second = 1] = await passes(2);
  const count = Math.min(mostPasses, Math.max(fewestPasses, Math.round((budgetMs * nsPerMs) / Math.max(1, second))));
  return sampled((await passes(count)).map((durationNs) => (amount / Math.max(1, durationNs)) * 1e9));
}

export function sampled(rates: readonly number[]): Sampled {
  return { value: Math.max(...rates), median: quantile(rates, 0.5) ?? 0, samples: rates.length };
}
