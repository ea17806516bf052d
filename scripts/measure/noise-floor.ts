/** How far apart does this machine put things that are the same? */
import { mean } from './statistics.ts';

const fewestRuns = 4;

/**
 * A/A noise: every second run of a sample against the runs between them, so that drift hits both halves alike. The
 * largest relative difference over the samples; 0 when none has four runs.
 * @param samples each in the order in which its runs were made
 */
export function noiseFloor(samples: ReadonlyArray<readonly number[]>): number {
  const differences = samples
    .filter((values) => values.length >= fewestRuns)
    .map((values) => {
      const even = values.filter((_, i) => i % 2 === 0);
      const odd = values.filter((_, i) => i % 2 === 1);
      return Math.abs(mean(even) / mean(odd) - 1);
    });
  return differences.reduce((largest, difference) => Math.max(largest, difference), 0);
}
