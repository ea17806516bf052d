/** How far apart does this machine put things that are the same? */
import type { NoiseFloor } from '../../scripts/log/records/certificate-records.ts';
import { noiseFloorOf } from '../../scripts/statistics/noise-floor.ts';
import type { Group } from './groups.ts';
import { type Measure, samplesOf } from './measures.ts';

/** Over the groups and their twins; null where too few runs tell it. */
export function noiseFloor(
  groups: ReadonlyArray<Pick<Group, 'runs' | 'identical'>>,
  measure: Measure,
): NoiseFloor | null {
  return noiseFloorOf(
    groups.map(({ runs }) => samplesOf(runs, measure)),
    groups.flatMap(({ identical }) =>
      identical.map(({ a, b }) => ({ a: samplesOf(a, measure), b: samplesOf(b, measure) })),
    ),
  );
}
