/** Where something was measured and where not: the places of a framework, holes of the comparison, cells of sweeps. */
import { groupBy } from '../../collate/analysis/group-by.ts';
import { measurementOf } from '../../collate/analysis/measurement.ts';
import { taskOf } from '../../scripts/log/measurement.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { SweepRow } from '../../scripts/results/tables-made-anew.ts';
import { type Group, type Member, membersIn, modelName, type Placed } from './groups.ts';

/** One framework, by its title, and setting, one model, one weight class, one task. */
export interface Placement {
  framework: string;
  setting: string;
  model: string;
  weightClass: string;
  places: Placed[];
}

/** Frameworks in a setting that ran in at least two places, most places first. */
export function placements({ groups }: { readonly groups: readonly Group[] }): Placement[] {
  return groupBy(membersIn(groups), ({ group, member }) => [
    ...[member.framework, member.setting, group.model, group.weightClass],
    taskAnywhere(member),
  ])
    .map((alike) => {
      const [{ group, member }] = alike;
      const { title, setting } = member;
      return { framework: title, setting, model: modelName(group), weightClass: group.weightClass, places: alike };
    })
    .filter(({ places }) => new Set(places.map(placeName)).size > 1)
    .sort((a, b) => b.places.length - a.places.length);
}

/** What was asked of it, whichever machine and session it was asked in. */
function taskAnywhere({ runs: [run] }: Member): string {
  const task = Object.entries(run === undefined ? {} : taskOf(measurementOf(run)));
  return JSON.stringify(task.filter(([name]) => name !== 'session' && !name.startsWith('host.')));
}

export const placeName = ({ group }: Pick<Placed, 'group'>) => `${group.device} of ${group.hostname}`;

export const placementName = (placement: Placement) =>
  [placement.framework, placement.setting, placement.model, placement.weightClass]
    .filter((part) => part !== '')
    .join(' · ');

/** Frameworks that ran the same model on the same device, but not in this weight class. @param notRun runs that failed are no holes: they have a row of their own */
export function notMeasured(groups: readonly Group[], notRun: readonly RunRow[]) {
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

/** Runs that a kill, Ctrl-C or a fault ended, where the same cell was completed by another run on the same host. */
export function madeUpFor(runs: readonly RunRow[]): RunRow[] {
  const completed = completedCells(runs);
  return runs.filter((run) => run.status !== 'completed' && run.sweep_cell !== null && completed.has(cellOf(run)));
}

/** Notes about cells that no later run has completed. */
export function cellsWithoutRun(sweeps: readonly SweepRow[], runs: readonly RunRow[]): SweepRow[] {
  const completed = completedCells(runs);
  return sweeps.filter((row) => !completed.has(cellOf(row)));
}

function completedCells(runs: readonly RunRow[]): Set<string> {
  return new Set(runs.filter((run) => run.status === 'completed' && run.sweep_cell !== null).map(cellOf));
}

function cellOf({ hostname, sweep, sweep_cell }: Pick<RunRow, 'hostname' | 'sweep' | 'sweep_cell'>): string {
  return `${hostname} ${sweep} ${sweep_cell}`;
}
