/** Which group a view is about: host, device, model, weight class and task are never pooled. */
import { type Group, groupName } from '../../data/groups.ts';
import { mostToCompareFirst } from '../../data/main-group.ts';
import { type Choice, choice, type Shown } from './view.ts';

export interface ChosenGroup {
  readonly group: Group | undefined;
  readonly choice: Choice;
}

const workloadWords: Readonly<Record<string, string>> = { kernel: 'kernel workload', embedding: 'embeddings' };

/** `box-1 · cpu · tiny · 8-bit`, with the workload where it is not the questions, and the task where there are several. */
function nameOfGroup(group: Group): string {
  const workload = workloadWords[workloadOf(group) ?? ''];
  return workload === undefined ? groupName(group) : `${groupName(group)} · ${workload}`;
}

export function workloadOf({ members }: Group): string | null {
  return members[0]?.key.workload ?? null;
}

export function chooseGroup(shown: Shown, groups: readonly Group[] = shown.groups): ChosenGroup {
  const named = namesOf(mostToCompareFirst(groups));
  const made = choice(
    shown,
    'group',
    'Of',
    named.map(({ name }) => ({ value: name, label: name })),
  );
  return { group: named.find(({ name }) => name === made.chosen)?.group, choice: made };
}

/** Two of the same name have numbers: a session may have asked the same again. */
function namesOf(groups: readonly Group[]): Array<{ name: string; group: Group }> {
  const seen = new Map<string, number>();
  return groups.map((group) => {
    const name = nameOfGroup(group);
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return { name: times === 1 ? name : `${name} (${times})`, group };
  });
}
