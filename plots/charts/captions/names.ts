/** Results in words: their names in a title, and every bar with its value as far as that can be listened to. */
import { ownSettings } from '../../../collate/analysis/group-names.ts';
import { significant } from '../../../scripts/command-line/format.ts';
import { type Group, groupName, type Member, memberName } from '../../data/groups.ts';
import { type Metric, readable, summaryOf } from '../../data/metric.ts';
import { markBehind } from '../../data/standing.ts';

/** The framework, and what tells it from others of its framework in the group. */
export function titleName({ framework, runs }: Member, { members }: Pick<Group, 'members'>): string {
  const [run] = runs;
  const all = members.flatMap((member) => member.runs[0] ?? []);
  const own = run === undefined ? [] : ownSettings(run, all);
  return own.length === 0 ? framework : `${framework} (${own.join(', ')})`;
}

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
