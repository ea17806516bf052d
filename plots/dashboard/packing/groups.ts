/** Which runs are compared with each other, found once when the page is made: a filter only leaves runs out. */

import { groupKeyOf } from '../../../collate/analysis/groups.ts';
import type { Parity } from '../../../collate/analysis/parity.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import type { Group, Member } from '../../data/groups.ts';

/** Runs by their places in the table. */
interface PackedMember extends Pick<Member, 'framework' | 'title' | 'quantize' | 'setting' | 'comparable' | 'unequal'> {
  readonly runs: readonly number[];
  readonly identical: ReadonlyArray<{ readonly a: readonly number[]; readonly b: readonly number[] }>;
  readonly parity: { readonly state: Parity['state']; readonly by: number };
}

export interface PackedGroup extends Omit<Group, 'members'> {
  readonly members: readonly PackedMember[];
}

export function packGroups(groups: readonly Group[], rows: readonly RunRow[]): PackedGroup[] {
  const places = new Map(rows.map((row, i) => [row, i]));
  const placesOf = (runs: readonly RunRow[]) => runs.flatMap((run) => places.get(run) ?? []);
  return groups.map((group) => ({
    ...group,
    members: group.members.map(
      ({ framework, title, quantize, setting, comparable, unequal, runs, identical, parity }) => ({
        ...{ framework, title, quantize, setting, comparable, unequal, runs: placesOf(runs) },
        identical: identical.map(({ a, b }) => ({ a: placesOf(a), b: placesOf(b) })),
        parity: { state: parity.state, by: parity.state === 'unchecked' ? -1 : (places.get(parity.by) ?? -1) },
      }),
    ),
  }));
}

/** The groups with only those runs for which `isShown` holds; members and groups without any are left out. */
export function unpackGroups(
  groups: readonly PackedGroup[],
  rows: readonly RunRow[],
  isShown: (run: number) => boolean,
): Group[] {
  const rowsOf = (places: readonly number[]) => places.flatMap((place) => rows[place] ?? []);
  return groups.flatMap((group) => {
    const members = group.members.flatMap((member): Member[] => {
      const runs = rowsOf(member.runs.filter(isShown));
      const [first] = rowsOf(member.runs.slice(0, 1));
      if (runs.length === 0 || first === undefined) return [];
      const { framework, title, quantize, setting, comparable, unequal } = member;
      const key = groupKeyOf(first);
      return [
        {
          ...{ framework, title, quantize, setting, comparable, unequal, runs },
          // What logs of before do not say is no reason to leave them out of a ranking.
          key: { ...key, comparable: key.comparable !== false },
          parity: parityOf(member.parity, rows),
          identical: member.identical.map(({ a, b }) => ({ a: rowsOf(a), b: rowsOf(b) })),
        },
      ];
    });
    return members.length === 0 ? [] : [{ ...group, members }];
  });
}

function parityOf({ state, by }: PackedMember['parity'], rows: readonly RunRow[]): Parity {
  const judge = rows[by];
  return state === 'unchecked' || judge === undefined ? { state: 'unchecked' } : { state, by: judge };
}
