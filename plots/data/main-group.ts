/** Which group a reader should see first. */
import type { Group } from './groups.ts';

/** Most contenders, then most runs; of groups that have as many, the one that was measured last. */
export function mostToCompareFirst<G extends Group>(groups: readonly G[]): G[] {
  const weight = ({ members }: Group) =>
    members.length * 1e6 + members.reduce((sum, member) => sum + member.runs.length, 0);
  return groups.toSorted((a, b) => weight(b) - weight(a) || latestRun(b).localeCompare(latestRun(a), 'en'));
}

/** The group with most to compare. */
export function mainGroup(groups: readonly Group[]): Group | undefined {
  return mostToCompareFirst(groups)[0];
}

function latestRun({ members }: Group): string {
  const starts = members.flatMap(({ runs }) => runs.map((run) => run.started_at ?? ''));
  return starts.sort().at(-1) ?? '';
}
