/** The settings in which contenders differ, as a table; what they share is a sentence (settings-that-matter.ts). */
import { type Group, markBehind, titleName } from '../../data/groups.ts';
import { mainGroup } from '../../data/main-group.ts';
import { settingsThatMatter } from '../../data/settings-that-matter.ts';
import { note, type Table, text } from '../document.ts';
import { ofQuestions } from '../section.ts';
import { left, tableOf } from '../table.ts';

export const settings = ofQuestions('settings', 'Settings that matter', ({ data: { groups } }) => {
  const main = mainGroup(groups);
  if (main === undefined) return [];
  const { equal } = settingsThatMatter(main);
  return [
    ...(equal === '' ? [] : [text(equal)]),
    ...settingsTable(main),
    note(
      'As the frameworks report them, or declare them; of every group they are under "Machines, frameworks and models".',
    ),
  ];
});

/** None where all settings are the same. */
export function settingsTable(group: Pick<Group, 'members'>): Table[] {
  const { differing } = settingsThatMatter(group);
  if (differing.length === 0) return [];
  return [
    tableOf('Settings in which the contenders differ; –: not reported', group.members, [
      [left('Framework'), (member) => titleName(member, group) + markBehind(member)],
      ...differing.map(({ title, textOf }) => [left(title), textOf] as const),
    ]),
  ];
}
