/** A sweep as a person reads it in the terminal: before, and after. */
import { bytes, milliseconds, significant } from '../../command-line/format.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { type CellOptionName, cellOptionNames, decides, workloadOf } from './cell.ts';
import { type Rates, ruleText } from './estimate.ts';
import type { Grid } from './grid.ts';
import { figureNames } from './run-traces.ts';
import type { SweepFile } from './sweep-file.ts';
import type { PlannedCell, PlanTotals } from './sweep-plan.ts';
import {
  cellName,
  type GroupResult,
  groupResults,
  type Overhead,
  type SweepCounts,
  varyingOptions,
} from './sweep-result.ts';
import type { CellResult } from './sweep-run.ts';

const mostRows = 100;

export interface PlannedSweep {
  file: SweepFile;
  grid: Pick<Grid, 'excluded' | 'merged'>;
  planned: readonly PlannedCell[];
  totals: PlanTotals;
  rates: Rates;
}

/** For `--dry-run`. */
export function planText({ file, grid, planned, totals, rates }: PlannedSweep): string {
  const { cells, toRun, done, notRun } = totals;
  const out = Object.entries(notRun).map(([status, count]) => `${count} ${status}`);
  const parts = [`${toRun} to run`, `${done} done`, ...out];
  return [
    `${paint('bold', file.name)}: ${cells} cells (${parts.join(', ')})${file.description === '' ? '' : `; ${file.description}`}`,
    ...leftOutText(grid),
    '',
    axesTable(planned),
    '',
    ...estimateLines(totals, rates),
    ...reasonLines(planned.map(({ state, reason, remedy }) => ({ status: state, reason, remedy }))),
    '',
    cellTable(planned, file.iterations),
  ].join('\n');
}

function leftOutText({ excluded, merged }: Pick<Grid, 'excluded' | 'merged'>): string[] {
  return [
    ...(excluded === 0 ? [] : [`${excluded} combinations are excluded`]),
    ...(merged === 0
      ? []
      : [`${merged} combinations are the same as another: they differ in options that decide nothing there`]),
  ];
}

/** Each option that the cells set, with how many cells have each value. */
function axesTable(planned: readonly PlannedCell[]): string {
  const rows = cellOptionNames.flatMap((name) => {
    const having = planned.filter(({ cell }) => decides(name, workloadOf(cell.options)));
    const counts = new Map<string, number>();
    for (const { cell } of having) {
      const value = cell.options[name];
      if (value !== undefined) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
    }
    if (counts.size < 2 && name !== 'framework' && name !== 'quantize' && name !== 'workload') return [];
    const values = [...counts]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([value, count]) => `${value} (${count})`);
    return [
      [name, values.length > 12 ? `${values.slice(0, 12).join(', ')}, ... (${values.length})` : values.join(', ')],
    ];
  });
  return table(['axis', 'values, and cells that have them'], rows, 'll');
}

function estimateLines(totals: PlanTotals, rates: Rates): string[] {
  const { toRun, ms, fromRuns, memoryBytes, logBytes, makeBytes, fetchBytes } = totals;
  if (toRun === 0) return ['Nothing is left to run.'];
  const byRule = toRun - fromRuns;
  const basis = [
    ...(fromRuns === 0 ? [] : [`${fromRuns} cells by earlier runs here`]),
    ...(byRule === 0 ? [] : [`${byRule} by a rule`]),
  ];
  return [
    `Time about ${milliseconds(ms)} (${basis.join(', ')})`,
    `Memory about ${bytes(memoryBytes)} for the largest cell`,
    `Disk about ${bytes(logBytes)} of logs, ${bytes(makeBytes)} of models to make, ${bytes(fetchBytes)} to fetch`,
    ...(byRule === 0 ? [] : [paint('dim', `The rule: ${ruleText(rates)}.`)]),
  ];
}

interface Told {
  status: string;
  reason: string | null;
  remedy: string | null;
}

/** Each reason once, with how many cells have it. */
function reasonLines(all: readonly Told[]): string[] {
  const counts = new Map<string, number>();
  for (const { status, reason, remedy } of all) {
    if (reason === null) continue;
    const line = `${status}: ${remedy === null ? reason : `${reason}. ${remedy}`}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${count} ${count === 1 ? 'cell' : 'cells'} ${line}`);
}

function cellTable(planned: readonly PlannedCell[], iterations: number): string {
  const names = varyingOptions(planned.map(({ cell }) => cell));
  const rows = planned
    .slice(0, mostRows)
    .map(({ cell, state, estimate }) => [
      cell.id,
      cellName(cell, names, iterations),
      state,
      estimate === null ? '–' : milliseconds(estimate.ms),
      estimate === null ? '–' : bytes(estimate.memoryBytes),
    ]);
  const more = planned.length - mostRows;
  return `${table(['cell', 'in this order', 'state', 'time', 'memory'], rows, 'lllrr')}${more > 0 ? `\n... and ${more} more (--json has them all)` : ''}`;
}

export interface EndedSweep {
  file: SweepFile;
  results: readonly CellResult[];
  counts: SweepCounts;
  overhead: Overhead;
}

export function resultText({ file, results, counts, overhead }: EndedSweep): string {
  const names = varyingOptions(results.map(({ cell }) => cell));
  return [
    groupTable(groupResults(results, names), names),
    '',
    ...notCompleted(results),
    countsText(file, counts),
    overheadText(overhead),
  ].join('\n');
}

const figureTitles = {
  decode: 'decode tok/s',
  pp: 'pp tok/s',
  tg: 'tg tok/s',
  embedding: 'embedding tok/s',
  throughput: 'throughput tok/s',
} as const;

function groupTable(groups: readonly GroupResult[], names: readonly CellOptionName[]): string {
  const figures = figureNames.filter((name) => groups.some((group) => group.figures[name] !== undefined));
  const counts = (['failed', 'notRun', 'left'] as const).filter((name) => groups.some((group) => group[name] > 0));
  const titles = { failed: 'failed', notRun: 'not run', left: 'left' } as const;
  const rows = groups.slice(0, mostRows).map((group) => [
    ...group.values,
    `${group.completed}/${group.cells}`,
    ...counts.map((name) => String(group[name])),
    ...figures.map((name) => {
      const value = group.figures[name];
      return value === undefined ? '–' : significant(value);
    }),
  ]);
  const header = [
    ...names,
    'done',
    ...counts.map((name) => titles[name]),
    ...figures.map((name) => figureTitles[name]),
  ];
  const more = groups.length - mostRows;
  return `${table(header, rows, `${'l'.repeat(names.length)}${'r'.repeat(header.length - names.length)}`)}${more > 0 ? `\n... and ${more} more groups (--json has all cells)` : ''}`;
}

function notCompleted(results: readonly CellResult[]): string[] {
  const lines = reasonLines(results.filter(({ status }) => status !== 'completed' && status !== 'left'));
  return lines.length === 0 ? [] : [...lines, ''];
}

function countsText({ name }: SweepFile, counts: SweepCounts): string {
  const { cells, completed, completedEarlier, failed, missing, incompatible, skipped, left } = counts;
  const others = { failed, missing, incompatible, skipped, left };
  const parts = Object.entries(others).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
  const earlier = completedEarlier === 0 ? '' : ` (${completedEarlier} by earlier calls)`;
  return `${name}: ${completed} of ${cells} cells completed${earlier}${parts.length === 0 ? '' : `, ${parts.join(', ')}`}`;
}

function overheadText({ runs, sumMs, perRunMs, startMs }: Overhead): string {
  if (perRunMs === null) return `Overhead: none, nothing was run; ${milliseconds(startMs)} to start`;
  return `Overhead beside the runs: ${milliseconds(sumMs)} in ${runs} ${runs === 1 ? 'run' : 'runs'}, ${milliseconds(perRunMs)} a run; ${milliseconds(startMs)} to start`;
}
