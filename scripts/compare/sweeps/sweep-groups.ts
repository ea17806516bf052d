/** Cells that differ in seed and iteration only, together: what a person reads of a sweep. */
import { group } from 'd3-array';
import { median } from '../../statistics/statistics.ts';
import type { SweepCell } from './cell.ts';
import { type CellFigures, figureNames } from './cell-figures.ts';
import { type CellOptionName, cellOptionNames, decides, workloadOf } from './cell-options.ts';
import type { CellResult } from './sweep-run.ts';

/** Shown even where they do not differ. */
const always: readonly CellOptionName[] = ['framework', 'quantize'];

/** Options by which cells are told apart: those that differ among the cells in which they decide something. */
export function telling(cells: readonly SweepCell[]): CellOptionName[] {
  return cellOptionNames.filter((name) => {
    if (always.includes(name)) return true;
    const having = cells.filter(({ options }) => decides(name, workloadOf(options)));
    return name !== 'seed' && new Set(having.map(({ options }) => JSON.stringify(options[name]))).size > 1;
  });
}

/** Values of these options as a person reads them; '–' where an option decides nothing in the cell, or is not set. */
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
  /** Of the telling options. */
  values: string[];
  cells: number;
  completed: number;
  failed: number;
  /** Missing, incompatible, skipped; and what the sweep did not come to. */
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
