/** Who has the best figure where; what is not comparable or failed parity is not ranked. */
import type { Group, Member } from './groups.ts';
import { type Metric, summaryOf } from './metric.ts';
import { isRanked } from './standing.ts';

export interface Leader {
  readonly framework: string;
  /** Groups it leads, of those in which at least two frameworks have the figure. */
  readonly leads: number;
  readonly contested: number;
}

/** The framework that leads most of the contested groups; null where nothing is contested. */
export function leaderOf(groups: readonly Group[], metric: Metric, better: 'higher' | 'lower'): Leader | null {
  const wins = new Map<string, number>();
  let contested = 0;
  for (const group of groups) {
    const best = rankedBy(group, metric, better);
    const [first] = best;
    if (first === undefined || new Set(best.map(({ member }) => member.framework)).size < 2) continue;
    contested++;
    wins.set(first.member.framework, (wins.get(first.member.framework) ?? 0) + 1);
  }
  const [most] = [...wins].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], 'en'));
  return most === undefined ? null : { framework: most[0], leads: most[1], contested };
}

export interface Ranked {
  member: Member;
  value: number;
}

/** Members that may be ranked and have the figure, best first. */
export function rankedBy(group: Group, metric: Metric, better: 'higher' | 'lower'): Ranked[] {
  return group.members
    .filter(isRanked)
    .flatMap((member) => {
      const summary = summaryOf(member.runs, metric);
      return summary === null ? [] : { member, value: summary.center };
    })
    .sort((a, b) => (better === 'higher' ? b.value - a.value : a.value - b.value));
}

/** `in both groups`, `in 5 of 6 groups`; empty where there is one group. */
export function whereItLeads({ leads, contested }: Leader): string {
  if (contested === 1) return '';
  if (leads === contested) return contested === 2 ? ' in both groups' : ` in all ${contested} groups`;
  return ` in ${leads} of ${contested} groups`;
}
