/** What parity runs found: the latest of each framework and setting, by host, device, model, weight class and reference. */
import { differingSettings } from '../../collate/analysis/group-names.ts';
import { groupKeyOf } from '../../collate/analysis/groups.ts';
import type { RunRow } from '../../collate/tables/columns/runs.ts';
import { bucket, type Group, groupsOf, type Member } from './groups.ts';

export function parityGroups(runs: readonly RunRow[]): Group[] {
  const judged = runs.filter(
    (run) => run.workload === 'parity' && run.status === 'completed' && run.parity_passed !== null,
  );
  return groupsOf(judged, {
    conditionOf: (run) => `against ${run.parity_reference ?? 'an unknown reference'}`,
    membersOf,
  });
}

/** The reference first, then by how far from it they are. */
function membersOf(group: readonly RunRow[]): Member[] {
  const latest = bucket(group, (run) => [
    run.framework,
    run.quantize,
    run.precision,
    run.compile,
    run.device_count,
    run.shard,
    run.comparable,
  ]).map((runs) => runs.toSorted((a, b) => ((a.started_at ?? '') < (b.started_at ?? '') ? 1 : -1))[0] ?? runs[0]);
  const keys = latest.map(groupKeyOf);
  return latest
    .toSorted((a, b) => distanceOf(a) - distanceOf(b))
    .map((run) => ({
      framework: run.framework ?? 'unknown framework',
      quantize: run.quantize ?? '',
      setting: [run.quantize ?? 'unknown format', ...differingSettings(groupKeyOf(run), keys)].join(', '),
      comparable: run.comparable !== false,
      parity: { state: run.parity_passed === true ? 'passed' : 'failed', by: run },
      identical: [],
      runs: [run],
    }));
}

function distanceOf(run: RunRow): number {
  if (run.parity_is_reference === true) return -1;
  return run.parity_kl_mean ?? Number.POSITIVE_INFINITY;
}
