/** The settings in which contenders differ, as a table; what they share is a sentence (settings-that-matter.ts). */
import { type Group, markBehind, memberName } from '../../data/groups.ts';
import { settingsThatMatter } from '../../data/settings-that-matter.ts';
import type { Table } from '../document.ts';
import { left, tableOf } from '../table.ts';

/** None where all settings are the same. */
export function settingsTable(group: Pick<Group, 'members'>): Table[] {
  const { differing } = settingsThatMatter(group);
  if (differing.length === 0) return [];
  return [
    tableOf('Settings in which the contenders differ; –: not reported', group.members, [
      [left('Framework'), (member) => memberName(member) + markBehind(member)],
      ...differing.map(({ title, valueOf }) => [left(title), valueOf] as const),
    ]),
  ];
}
