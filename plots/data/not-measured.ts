/** Holes of the comparison: weight classes that others were measured in and a framework was not. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Group } from './groups.ts';

export interface Hole {
  framework: string;
  hostname: string;
  device: string;
  model: string;
  weightClass: string;
}

/** @param notRun runs that failed are no holes: they have a row of their own */
export function notMeasured(groups: readonly Group[], notRun: readonly RunRow[]): Hole[] {
  return groups.flatMap((group) => {
    const beside = groups.filter(
      (other) => other.hostname === group.hostname && other.device === group.device && other.model === group.model,
    );
    const elsewhere = new Set(beside.flatMap((other) => other.members.map((member) => member.framework)));
    const here = new Set(group.members.map((member) => member.framework));
    const tried = notRun.filter(
      (run) =>
        run.hostname === group.hostname &&
        run.model === group.model &&
        (run.weight_class === group.weightClass || run.weight_class === null),
    );
    for (const run of tried) if (run.framework !== null) here.add(run.framework);
    const { hostname, device, model, weightClass } = group;
    return [...elsewhere]
      .filter((framework) => !here.has(framework))
      .map((framework) => ({ framework, hostname, device, model, weightClass }));
  });
}
