/** Which group a reader should see first. */
import type { Group } from './groups.ts';

/** Most contenders, then most runs; of groups that have as many, the one that was measured last. */
export function mostToCompareFirst<G extends Group>(groups: readonly G[]): G[] {
  return groups
    .map((group) => ({ group, weight: weightOf(group), latest: latestRun(group) }))
    .sort((a, b) => b.weight - a.weight || b.latest.localeCompare(a.latest, 'en'))
    .map(({ group }) => group);
}

/** The group with most to compare, of those whose rates tell speed. */
export function mainGroup(groups: readonly Group[]): Group | undefined {
  return mostToCompareFirst(ofSpeed(groups))[0];
}

/** Without the embedded model, whose rates rank overheads rather than speed, where a larger one was compared. */
export function ofSpeed<G extends Group>(groups: readonly G[]): readonly G[] {
  const larger = groups.filter((group) => !isEmbedded(group));
  return larger.some(({ members }) => members.length > 1) ? larger : groups;
}

function isEmbedded({ members }: Group): boolean {
  return members.every(({ runs }) => runs.every((run) => run.model_source === 'embedded'));
}

function weightOf({ members }: Group): number {
  return members.length * 1e6 + members.reduce((sum, member) => sum + member.runs.length, 0);
}

function latestRun({ members }: Group): string {
  let latest = '';
  for (const { runs } of members) for (const { started_at: at } of runs) if (at !== null && at > latest) latest = at;
  return latest;
}
