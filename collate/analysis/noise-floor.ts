/** How far apart does this machine put things that are the same? */
import { mean } from '../../scripts/measure/statistics.ts';
import type { Group } from './groups.ts';
import { type Measure, valuesOf } from './measures.ts';

const fewestRuns = 4;

/**
 * A/A noise: every second run of a group against the runs between them, so that drift hits both halves alike. The
 * largest relative difference over the groups; 0 when no group has four runs.
 */
export function noiseFloor(groups: readonly Group[], measure: Measure): number {
  const differences = groups
    .map((group) => valuesOf(group.runs, measure))
    .filter((values) => values.length >= fewestRuns)
    .map((values) => {
      const even = values.filter((_, i) => i % 2 === 0);
      const odd = values.filter((_, i) => i % 2 === 1);
      return Math.abs(mean(even) / mean(odd) - 1);
    });
  return differences.reduce((largest, difference) => Math.max(largest, difference), 0);
}
