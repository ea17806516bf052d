/** When is an engine warm? When two successive medians agree within 2 %, or after so many tries. */
import { median } from './statistics.ts';

const warmTolerance = 0.02;

export interface WarmUp {
  /** Answers or repetitions taken, the cold one not counted. */
  taken: number;
  stable: boolean;
}

/**
 * @param limit a fixed number of tries, or the most tries until stable
 * @param measure one try: the durations of its steps, in any unit; an empty list counts as a try that tells nothing
 */
export async function warmUp(
  limit: { fixed: number } | { atMost: number },
  measure: (attempt: number) => Promise<readonly number[]>,
): Promise<WarmUp> {
  const most = 'fixed' in limit ? limit.fixed : limit.atMost;
  let previous: number | undefined;
  let stable = 'fixed' in limit;
  let taken = 0;
  while (taken < most) {
    const durations = await measure(taken);
    taken++;
    if ('fixed' in limit || durations.length === 0) continue;
    const current = median(durations);
    if (previous !== undefined && Math.abs(current - previous) <= warmTolerance * previous) {
      stable = true;
      break;
    }
    previous = current;
  }
  return { taken, stable };
}
