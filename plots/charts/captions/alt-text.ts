/** What a picture shows, in words: every bar with its value, as far as that can be listened to. */
import { significant } from '../../../scripts/command-line/format.ts';
import { type Group, groupName, memberName } from '../../data/groups.ts';
import { type Metric, readable, summaryOf } from '../../data/metric.ts';
import { markBehind } from '../../data/standing.ts';

const mostGroups = 4;

export function describeGroups(groups: readonly Group[], metric: Metric): string {
  const inUnit = readable(
    metric,
    groups.flatMap((group) => group.members.flatMap((member) => member.runs)),
  );
  const sentences = groups.slice(0, mostGroups).map((group) => {
    const values = group.members.map((member) => {
      const summary = summaryOf(member.runs, inUnit);
      const value = summary === null ? 'no figure' : `${significant(summary.center)} ${inUnit.unit}`.trim();
      return `${memberName(member)} ${value}${markBehind(member)}`;
    });
    return `${groupName(group)}: ${inUnit.title.toLowerCase()} ${values.join(', ')}.`;
  });
  const more = groups.length - mostGroups;
  return [...sentences, ...(more > 0 ? [`${more} more groups are in the table.`] : [])].join(' ');
}
