/**
 * Which runs of one side stand beside which of the other. A cell is what a person knows a measurement by: framework, model and
 * format, workload, device, threads and what was asked. What may differ between two builds (version, flags that the engine
 * chose, driver, system) tells cells apart only where one side has several values of it.
 */
import { differences, isTaskField, type Measurement } from '../../scripts/log/measurement.ts';
import { wordsOf } from '../../scripts/log/measurement-words.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { groupBy } from '../analysis/group-by.ts';
import { type Group, groupRuns } from '../analysis/groups.ts';
import { measurementOf } from '../analysis/measurement.ts';
import type { Both } from './comparison.ts';

/** What every cell has one value of. */
const identityColumns = ['workload', 'framework', 'model', 'quantize', 'weight_class', 'device', 'threads'] as const;
type IdentityColumn = (typeof identityColumns)[number];

interface SideGroup {
  side: keyof Both<unknown>;
  group: Group;
  measurement: Measurement;
}

export interface Cell {
  /** The fields that tell it from other cells of the same identity, with their values. */
  apart: Measurement;
  /** Columns whose values the sides were chosen by, or that follow from it: the name of the cell does not have them. */
  released: readonly string[];
  base: readonly Group[];
  head: readonly Group[];
}

/** How often and how long it was measured, and what is another one each time. */
const neverApart =
  /^(session$|host\.usable\.|host\.memoryBytes$|requested\.(rounds|minSeconds|warmUp|repetitions|conditions|profile|system)$)/;

/**
 * @param chosenBy columns whose values set the sides apart; what else has one value on each side is then a change too
 * @returns cells of both sides, and of one of them, in the order of their names
 */
export function cellsOf(sides: Both<readonly RunRow[]>, chosenBy: ReadonlyArray<keyof RunRow>): Cell[] {
  const groups = [...groupsOf('base', sides.base), ...groupsOf('head', sides.head)];
  const released = releasedColumns(groups, chosenBy);
  const columns = identityColumns.filter((column) => !released.includes(column));
  return groupBy(groups, ({ group }) => columns.map((column) => group.key[column])).flatMap((alike) => {
    const fields = fieldsApart(alike);
    const valuesOf = ({ measurement }: SideGroup) => fields.map((field) => measurement[field] ?? null);
    return groupBy(alike, valuesOf).map((members) => ({
      apart: picked(members[0].measurement, fields),
      released,
      base: members.filter(({ side }) => side === 'base').map(({ group }) => group),
      head: members.filter(({ side }) => side === 'head').map(({ group }) => group),
    }));
  });
}

function groupsOf(side: SideGroup['side'], rows: readonly RunRow[]): SideGroup[] {
  return groupRuns(rows)
    .filter(({ key }) => key.comparable === true && key.workload !== 'chat')
    .map((group) => ({ side, group, measurement: measurementOf(group.key) }));
}

function releasedColumns(groups: readonly SideGroup[], chosenBy: ReadonlyArray<keyof RunRow>): IdentityColumn[] {
  if (chosenBy.length === 0) return [];
  return identityColumns.filter((column) => {
    const [base, head] = (['base', 'head'] as const).map(
      (side) => new Set(groups.filter((each) => each.side === side).map(({ group }) => group.key[column])),
    );
    if (chosenBy.includes(column)) return true;
    const [ofBase, ofHead] = [[...(base ?? [])], [...(head ?? [])]];
    return ofBase.length === 1 && ofHead.length === 1 && ofBase[0] !== ofHead[0];
  });
}

/** Fields that what was asked has, on both sides, and fields of which one side has several values. */
function fieldsApart(groups: readonly SideGroup[]): string[] {
  const names = new Set(groups.flatMap(({ measurement }) => Object.keys(measurement)));
  const valuesOn = (side: SideGroup['side'], name: string) =>
    new Set(groups.filter((each) => each.side === side).map(({ measurement }) => measurement[name]));
  return [...names]
    .filter((name) => !neverApart.test(name) && !identityFields.includes(name))
    .filter((name) => {
      const asked = name.startsWith('requested.') && isTaskField(name);
      if (asked && groups.every(({ measurement }) => measurement[name] !== undefined)) return true;
      return valuesOn('base', name).size > 1 || valuesOn('head', name).size > 1;
    })
    .sort();
}

/** Fields that the columns of the identity show, or that follow from them. */
const identityFields: readonly string[] = [
  ...['workload', 'framework.name', 'model.name', 'model.quantize', 'model.weightClass', 'effective.device'],
  ...['effective.settings.threads', 'requested.threads'],
];

function picked(measurement: Measurement, fields: readonly string[]): Measurement {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = measurement[field];
      return value === undefined ? [] : [[field, value]];
    }),
  );
}

/**
 * In what the cell of others that differs least from this one is another, in words: `at most 64 tokens`. Empty where none is of its
 * framework and workload.
 */
export function nearestCell(cell: Cell, others: readonly Cell[]): string[] {
  const own = keyOf(cell);
  const [nearest] = others
    .filter((other) => keyOf(other)?.framework === own?.framework && keyOf(other)?.workload === own?.workload)
    .map((other) => ({ other, fields: differingFields(cell, other) }))
    .sort((a, b) => a.fields.length - b.fields.length);
  const key = nearest === undefined ? undefined : keyOf(nearest.other);
  return key === undefined || nearest === undefined
    ? []
    : nearest.fields.map((field) => wordsOf(field, measurementOf(key)));
}

function keyOf({ base, head }: Cell) {
  return (base[0] ?? head[0])?.key;
}

function differingFields(a: Cell, b: Cell): string[] {
  const [own, other] = [keyOf(a), keyOf(b)];
  if (own === undefined || other === undefined) return [];
  const ofKey = identityFields.filter((field) => measurementOf(own)[field] !== measurementOf(other)[field]);
  return [...new Set([...ofKey, ...differences(a.apart, b.apart)])].filter((field) => field !== 'requested.threads');
}
