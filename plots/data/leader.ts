/** Who has the best figure where; what is not comparable or failed parity is not ranked. */
import type { Group, Member } from './groups.ts';
import { type Metric, summaryOf } from './metric.ts';
import { isRanked } from './standing.ts';

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
