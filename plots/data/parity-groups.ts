/** What parity runs found: the latest of each framework and setting, by host, device, model, weight class and reference. */
import { groupBy } from '../../collate/analysis/group-by.ts';
import { differingSettings } from '../../collate/analysis/group-names.ts';
import { contenderKey, taskFieldsOf } from '../../collate/analysis/measurement.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type Group, groupsOf, type Member } from './groups.ts';

export function parityGroups(runs: readonly RunRow[]): Group[] {
  const judged = runs.filter(
    (run) => run.workload === 'parity' && run.status === 'completed' && run.parity_passed !== null,
  );
  return groupsOf(judged, {
    taskOf: referenceOf,
    conditionOf: referenceOf,
    membersOf,
  });
}

const referenceOf = (run: RunRow) => `against ${run.parity_reference ?? 'an unknown reference'}`;

/** The reference first, then by how far from it they are. */
function membersOf(group: readonly RunRow[]): Member[] {
  const latest = groupBy(group, (run) => [contenderKey(run), run.comparable]).map(
    (runs) => runs.toSorted((a, b) => ((a.started_at ?? '') < (b.started_at ?? '') ? 1 : -1))[0] ?? runs[0],
  );
  const silent = [...latest.flatMap(taskFieldsOf), 'model.quantize', 'model.weightClass', 'model.sha256'];
  return latest
    .toSorted((a, b) => distanceOf(a) - distanceOf(b))
    .map((run) => ({
      framework: run.framework ?? 'unknown framework',
      quantize: run.quantize ?? '',
      setting: [run.quantize ?? 'unknown format', ...differingSettings(run, latest, silent)].join(', '),
      comparable: run.comparable !== false,
      unequal: null,
      parity: { state: run.parity_passed === true ? 'passed' : 'failed', by: run },
      identical: [],
      runs: [run],
    }));
}

function distanceOf(run: RunRow): number {
  if (run.parity_is_reference === true) return -1;
  return run.parity_kl_mean ?? Number.POSITIVE_INFINITY;
}
