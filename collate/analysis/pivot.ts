/**
 * A cross table of the runs: one column down, one across, in each cell the median of a figure and how many runs are behind it. What may
 * not be pooled stands in rows of its own.
 */

import { usageError } from '../../scripts/command-line/errors.ts';
import { significant } from '../../scripts/command-line/format.ts';
import { withSuggestion } from '../../scripts/command-line/options.ts';
import { table } from '../../scripts/command-line/terminal.ts';
import { type RunRow, runsTable } from '../../scripts/results/runs/runs.ts';
import type { ColumnFacts } from '../../scripts/results/table.ts';
import { countedRuns } from './counted-runs.ts';
import { groupBy } from './group-by.ts';
import { cellColumns, contenderColumns } from './groups.ts';

/** What makes runs different measurements; sessions of one measurement stand together. */
const measurementColumns = [...cellColumns, ...contenderColumns].filter((name) => name !== 'session');

interface PivotCell {
  median: number;
  runs: number;
}

export interface Pivot {
  of: ColumnFacts;
  /** The column asked for, before it those in which runs differ that would else be in one cell. */
  down: readonly ColumnFacts[];
  across: ColumnFacts;
  /** Values of the column across, in order. */
  heads: string[];
  rows: Array<{ down: string[]; cells: Array<PivotCell | null> }>;
}

export interface PivotAsked {
  down: string;
  across: string;
  of: string;
}

/**
 * @param asked names of columns of runs.csv
 * @throws UserError for a column that there is not, or a figure that is no number
 */
export async function pivotOf(runs: readonly RunRow[], asked: PivotAsked): Promise<Pivot> {
  const [last, across, of] = [columnNamed(asked.down), columnNamed(asked.across), columnNamed(asked.of)];
  if (of.type !== 'number' && of.type !== 'integer')
    throw usageError(`${of.name} is no figure of which there is a median`, 'Name a column of numbers.');
  const counted = countedRuns(runs).flatMap((run) => {
    const value = run[of.name];
    return typeof value === 'number' ? [{ run, value }] : [];
  });
  const asRuns = counted.map(({ run }) => run);
  const down = [...columnsThatSplit(asRuns, [last.name, across.name]).map(columnNamed), last];
  const { from, op } = await import('arquero');
  const keys = down.map((_, i) => `down${i}`);
  const cells = from(
    counted.map(({ run, value }) => ({
      ...Object.fromEntries(down.map((column, i) => [keys[i] ?? '', shown(run[column.name])])),
      across: shown(run[across.name]),
      value,
    })),
  )
    .groupby(...keys, 'across')
    .rollup({ median: op.median('value'), runs: op.count() })
    .objects();
  const heads = [...new Set(cells.map((cell) => textOf(cell, 'across')))].sort(byName);
  const rows = new Map<string, Pivot['rows'][number]>();
  for (const cell of cells) {
    const names = keys.map((key) => textOf(cell, key));
    const row = rows.get(JSON.stringify(names)) ?? { down: names, cells: heads.map(() => null) };
    rows.set(JSON.stringify(names), row);
    row.cells[heads.indexOf(textOf(cell, 'across'))] = {
      median: numberOf(cell, 'median'),
      runs: numberOf(cell, 'runs'),
    };
  }
  const ordered = [...rows.values()].sort((a, b) => byName(a.down.join('\n'), b.down.join('\n')));
  return { of, down, across, heads, rows: ordered };
}

/** Without these columns one cell would have runs of different measurements. */
function columnsThatSplit(runs: readonly RunRow[], asked: ReadonlyArray<keyof RunRow>): Array<keyof RunRow> {
  const splitting: Array<keyof RunRow> = [];
  for (const name of measurementColumns) {
    const cells = groupBy(runs, (run) => [...asked, ...splitting].map((column) => run[column]));
    if (cells.some((cell) => cell.some((run) => run[name] !== cell[0][name]))) splitting.push(name);
  }
  return splitting;
}

/** `32.1 (3)`: the median, and the number of runs where there are several. */
export function pivotText({ of, down, across, heads, rows }: Pivot): string {
  const figure = of.unit === '' ? of.title : `${of.title}, ${of.unit}`;
  const cellText = (cell: PivotCell | null) =>
    cell === null ? '–' : `${significant(cell.median)}${cell.runs > 1 ? ` (${cell.runs})` : ''}`;
  return [
    `${figure}: medians of runs, by ${across.title}; in brackets how many runs, where there are several`,
    table(
      [...down.map(({ title }) => title), ...heads],
      rows.map((row) => [...row.down, ...row.cells.map(cellText)]),
      `${'l'.repeat(down.length)}${'r'.repeat(heads.length)}`,
    ),
  ].join('\n');
}

function columnNamed(name: string): ColumnFacts & { name: keyof RunRow } {
  const column = runsTable.columns.find((each) => each.name === name);
  if (column !== undefined) return column;
  const names = runsTable.columns.map((each) => each.name);
  throw usageError(
    withSuggestion(`runs.csv has no column "${name}"`, name, names),
    'docs/csv-columns.md has them all.',
  );
}

function shown(value: RunRow[keyof RunRow]): string {
  return value === null ? '–' : String(value);
}

function textOf(cell: object, key: string): string {
  const value: unknown = Reflect.get(cell, key);
  return typeof value === 'string' ? value : '–';
}

function numberOf(cell: object, key: string): number {
  const value: unknown = Reflect.get(cell, key);
  return typeof value === 'number' ? value : Number.NaN;
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
