/** Tables of the report: what they are made from, and the numbers behind bars, a row for every member of every group. */
import { significant } from '../../scripts/command-line/format.ts';
import {
  className,
  type Group,
  type Member,
  markBehind,
  memberName,
  membersIn,
  modelName,
  type Placed,
} from '../data/groups.ts';
import { bitsInMemory, isConverted } from '../data/memory.ts';
import { boundBefore, type Metric, readable, samplesOf, summaryOf } from '../data/metric.ts';
import type { Cell, Table, TableColumn } from './document.ts';

export const left = (title: string): TableColumn => ({ title, unit: '', align: 'left' });
export const right = (title: string, unit = ''): TableColumn => ({ title, unit, align: 'right' });
export const words = (text: string | null): Cell => ({ text: text ?? '', value: text });
export const count = (value: number): Cell => ({ text: String(value), value });
/** A value as `show` writes it; a dash where there is none. */
export const shown = (value: number | null, show: (value: number) => string): Cell =>
  value === null ? { text: '–', value } : { text: show(value), value };
/** Three significant digits; a dash where there is no figure. */
export const figure = (value: number | null): Cell => shown(value, significant);

/** A column of a table whose rows are made of a `Source`; texts become cells of words. */
export type Field<Source> = readonly [TableColumn, (source: Source) => Cell | string | null];

const cellOf = (content: Cell | string | null): Cell =>
  typeof content === 'object' && content !== null ? content : words(content);

export function tableOf<Source>(
  caption: string,
  sources: readonly Source[],
  fields: ReadonlyArray<Field<Source>>,
): Table {
  return {
    kind: 'table',
    caption,
    columns: fields.map(([column]) => column),
    rows: sources.map((source) => fields.map(([, of]) => cellOf(of(source)))),
  };
}

/** The same, and no table where there is nothing for a row. */
export function tableIfAny<Source>(...definition: Parameters<typeof tableOf<Source>>): Table[] {
  return definition[1].length === 0 ? [] : [tableOf(...definition)];
}

/** A figure with its interval: geometric mean, and low to high where there are three runs or more. `≥` marks a lower bound. */
export function summaryCells(member: Pick<Member, 'runs'>, metric: Metric): [Cell, Cell] {
  const summary = summaryOf(member.runs, metric);
  const interval = summary?.interval ?? null;
  return [
    shown(summary?.center ?? null, (center) => `${boundBefore(member.runs, metric)}${significant(center)}`),
    interval === null
      ? { text: '–', value: null }
      : words(`${significant(interval.low)} to ${significant(interval.high)}`),
  ];
}

export const placeFields: ReadonlyArray<Field<Pick<Placed, 'group'>>> = [
  [left('Host'), ({ group }) => group.hostname],
  [left('Device'), ({ group }) => group.device],
  [left('Model'), ({ group }) => modelName(group)],
  [left('Weight class'), ({ group }) => className(group)],
];

export const groupFields: ReadonlyArray<Field<Placed>> = [
  ...placeFields,
  [left('Framework'), ({ member }) => memberName(member) + markBehind(member)],
];

interface GroupTable {
  caption: string;
  groups: readonly Group[];
  metrics: readonly Metric[];
  /** A second column with the 95 % interval for each figure, once any member has several runs. */
  intervals?: boolean;
  /** A column with the bits per weight as they lie in memory, once a framework converts at load. */
  weights?: boolean;
}

export function groupTable({ caption, groups, metrics, intervals = true, weights = false }: GroupTable): Table {
  const rows = membersIn(groups);
  const runs = rows.flatMap(({ member }) => member.runs);
  // A column without a single figure would only be dashes.
  const scaled = metrics.filter((metric) => samplesOf(runs, metric).length > 0).map((metric) => readable(metric, runs));
  const withInterval = intervals && rows.some(({ member }) => member.runs.length > 2);
  const memoryField: Field<Placed> = [right('Weights in memory', 'bit'), ({ member }) => figure(bitsInMemory(member))];
  const fields: Array<Field<Placed>> = [
    ...groupFields,
    ...(weights && rows.some(({ member }) => isConverted(member)) ? [memoryField] : []),
    [right('Runs'), ({ member }) => count(member.runs.length)],
    ...scaled.flatMap((metric) => {
      const value: Field<Placed> = [right(metric.title, metric.unit), ({ member }) => summaryCells(member, metric)[0]];
      const interval: Field<Placed> = [
        right('95 % interval', metric.unit),
        ({ member }) => summaryCells(member, metric)[1],
      ];
      return withInterval ? [value, interval] : [value];
    }),
  ];
  return withoutConstants(tableOf(caption, rows, fields));
}

/** Host, device, model and weight class go into the caption when all rows agree, so that the table fits the page. */
export function withoutConstants(table: Table): Table {
  const constant = table.columns.map(
    (column, i) =>
      ['Host', 'Device', 'Model', 'Weight class'].includes(column.title) &&
      new Set(table.rows.map((row) => row[i]?.text)).size === 1,
  );
  const said = table.columns.flatMap((column, i) =>
    constant[i] === true ? `${column.title.toLowerCase()} ${table.rows[0]?.[i]?.text}` : [],
  );
  const keep = <T>(cells: readonly T[]) => cells.filter((_, i) => constant[i] !== true);
  return {
    ...table,
    caption: said.length === 0 ? table.caption : `${table.caption} (${said.join(', ')})`,
    columns: keep(table.columns),
    rows: table.rows.map(keep),
  };
}
