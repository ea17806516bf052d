/** The result of a sweep's call, for people and for programs: counts, overhead, and cells grouped by all options except seed and iteration. */
import { group } from 'd3-array';
import { exitCodes } from '../../command-line/errors.ts';
import { median } from '../../statistics/statistics.ts';
import type { SweepCell } from './cell.ts';
import { type CellOptionName, cellOptionNames, decides, workloadOf } from './cell.ts';
import { type CellFigures, figureNames } from './run-traces.ts';
import type { CellResult } from './sweep-run.ts';

export interface SweepCounts {
  cells: number;
  /** Completed by an earlier call. */
  completedEarlier: number;
  completed: number;
  failed: number;
  missing: number;
  incompatible: number;
  skipped: number;
  /** Interrupted, or not begun. */
  left: number;
}

/** Time of the sweep itself: the time of its cells less that of their runs by their own logs. */
export interface Overhead {
  /** Runs of this call. */
  runs: number;
  sumMs: number;
  perRunMs: number | null;
  /** From the start of the process to the first cell. */
  startMs: number;
}

export function countsOf(results: readonly CellResult[]): SweepCounts {
  const count = (...statuses: Array<CellResult['status']>) =>
    results.filter(({ status }) => statuses.includes(status)).length;
  return {
    cells: results.length,
    completedEarlier: results.filter(({ status, earlier }) => status === 'completed' && earlier).length,
    completed: count('completed'),
    failed: count('failed'),
    missing: count('missing'),
    incompatible: count('incompatible'),
    skipped: count('skipped'),
    left: count('left', 'interrupted'),
  };
}

export function overheadOf(results: readonly CellResult[], startMs: number): Overhead {
  const begun = results.filter(({ runs }) => runs > 0);
  const runs = begun.reduce((sum, result) => sum + result.runs, 0);
  const sumMs = begun.reduce((sum, { wallMs, runMs }) => sum + wallMs - runMs, 0);
  return { runs, sumMs, perRunMs: runs === 0 ? null : sumMs / runs, startMs };
}

export function exitCodeOf(counts: SweepCounts, interrupted: boolean): number {
  if (interrupted) return exitCodes.interrupted;
  if (counts.failed > 0) return exitCodes.failed;
  if (counts.completed > 0) return exitCodes.ok;
  if (counts.missing > 0) return exitCodes.missing;
  return counts.incompatible > 0 ? exitCodes.usage : exitCodes.missing;
}

/** Shown even where they do not differ. */
const always: readonly CellOptionName[] = ['framework', 'quantize'];

/** Options that differ among the cells in which they have an effect, and those that are always shown. */
export function varyingOptions(cells: readonly SweepCell[]): CellOptionName[] {
  return cellOptionNames.filter((name) => {
    if (always.includes(name)) return true;
    const having = cells.filter(({ options }) => decides(name, workloadOf(options)));
    return name !== 'seed' && new Set(having.map(({ options }) => JSON.stringify(options[name]))).size > 1;
  });
}

/** Values of these options in words; '–' where an option decides nothing in the cell, or is not set. */
function valuesOf({ options }: SweepCell, names: readonly CellOptionName[]): string[] {
  const workload = workloadOf(options);
  return names.map((name) => (decides(name, workload) && options[name] !== undefined ? String(options[name]) : '–'));
}

/** `llamacpp q8_0 nPrompt 128, seed 2, run 3`. */
export function cellName(cell: SweepCell, names: readonly CellOptionName[], iterations: number): string {
  const values = valuesOf(cell, names);
  const words = names.flatMap((name, i) => {
    const value = values[i];
    if (value === undefined || value === '–') return [];
    return [always.includes(name) || name === 'size' || name === 'workload' ? value : `${name} ${value}`];
  });
  const run = iterations > 1 ? `, run ${cell.iteration + 1}` : '';
  return `${words.join(' ')}, seed ${cell.options.seed}${run}`;
}

export interface GroupResult {
  /** Values of the varying options. */
  values: string[];
  cells: number;
  completed: number;
  failed: number;
  /** Missing, incompatible or skipped. */
  notRun: number;
  left: number;
  /** Medians over the completed cells. */
  figures: CellFigures;
}

export function groupResults(results: readonly CellResult[], names: readonly CellOptionName[]): GroupResult[] {
  const groups = group(results, ({ cell }) => JSON.stringify(valuesOf(cell, names)));
  const inOrder = [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const count = (...statuses: Array<CellResult['status']>) =>
      members.filter(({ status }) => statuses.includes(status)).length;
    const figures: CellFigures = {};
    for (const name of figureNames) {
      const values = members.flatMap((member) => member.figures[name] ?? []);
      if (values.length > 0) figures[name] = median(values);
    }
    return [
      {
        values: valuesOf(first.cell, names),
        cells: members.length,
        completed: count('completed'),
        failed: count('failed'),
        notRun: count('missing', 'incompatible', 'skipped'),
        left: count('left', 'interrupted'),
        figures,
      },
    ];
  });
  return inOrder.sort((a, b) => inTurn(a.values, b.values));
}

/** By the first value that differs; numbers by size. */
function inTurn(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return (a[at] ?? '').localeCompare(b[at] ?? '', 'en', { numeric: true });
}
