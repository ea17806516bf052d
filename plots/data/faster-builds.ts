/** Frameworks of a group that ran from a build made for many machines, where one for this machine can be had. */
import { measurementOf } from '../../collate/analysis/measurement.ts';
import { installLine } from '../../scripts/command-line/shell-line.ts';
import type { Group } from './groups.ts';

export interface FasterBuild {
  framework: string;
  /** What installs it. */
  command: string;
}

/** Empty where a framework stands alone: then nothing is ranked by its build. */
export function fasterBuilds({ members }: Group): FasterBuild[] {
  if (new Set(members.map(({ framework }) => framework)).size < 2) return [];
  const found = new Map<string, FasterBuild>();
  for (const { framework, runs } of members) {
    for (const run of runs) {
      const measurement = measurementOf(run);
      const others = `${measurement['effective.build.alternatives'] ?? ''}`.split(' ');
      if (measurement['effective.build.buildType'] !== 'prebuilt' || !others.includes('native')) continue;
      found.set(framework, { framework, command: installLine(framework, 'native') });
    }
  }
  // Beside a native build of its own it is shown what the prebuilt one loses.
  for (const { framework, runs } of members) {
    if (runs.some((run) => measurementOf(run)['effective.build.buildType'] === 'native')) found.delete(framework);
  }
  return [...found.values()];
}
