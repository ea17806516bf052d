/** Which group a reader should see first. */
import type { Group } from './groups.ts';

/** Most contenders, then most runs; of groups that have as many, the one that was measured last. */
export function mostToCompareFirst<G extends Group>(groups: readonly G[]): G[] {
  return groups
    .map((group) => ({ group, weight: weightOf(group), latest: latestRun(group) }))
    .sort((a, b) => b.weight - a.weight || b.latest.localeCompare(a.latest, 'en'))
    .map(({ group }) => group);
}

/** The group with most to compare. */
export function mainGroup(groups: readonly Group[]): Group | undefined {
  return mostToCompareFirst(groups)[0];
}

function weightOf({ members }: Group): number {
  return members.length * 1e6 + members.reduce((sum, member) => sum + member.runs.length, 0);
}

function latestRun({ members }: Group): string {
  let latest = '';
  for (const { runs } of members) for (const { started_at: at } of runs) if (at !== null && at > latest) latest = at;
  return latest;
}
