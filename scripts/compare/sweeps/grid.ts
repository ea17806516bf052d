/** From a sweep file to its cells: every combination of the axes, with conditions applied and exclusions left out. */
import { type UserError, usageError } from '../../command-line/errors.ts';
import {
  type CellOptionName,
  type CellOptions,
  cellOptionsSchema,
  decides,
  decisiveText,
  workloadOf,
  workloadsOf,
} from './cell.ts';
import { type Axes, isOptionName, type Scalar, type SweepFile } from './sweep-file.ts';

const mostCells = 100_000;

export interface Grid {
  /** Each combination of options once. */
  cells: CellOptions[];
  /** How many combinations `exclude` has left out. */
  excluded: number;
  /** Combinations that were the same cell as another: they differ in options that decide nothing there. */
  merged: number;
}

type Combination = Partial<Record<CellOptionName, Scalar>>;

/** @throws UserError when there are too many cells, or none */
export function gridOf(file: SweepFile): Grid {
  const shared = crossed({}, file.axes);
  let made = 0;
  const combinations = file.grids.flatMap((grid) => {
    requireFew(made + shared.length * factorOf(grid));
    let ofGrid = shared.flatMap((combination) => crossed(combination, grid));
    for (const rule of file.when) {
      const matching = ofGrid.filter((combination) => matches(combination, rule.if)).length;
      requireFew(made + ofGrid.length - matching + matching * factorOf(rule.with));
      ofGrid = ofGrid.flatMap((combination) =>
        matches(combination, rule.if) ? crossed(combination, rule.with) : [combination],
      );
    }
    made += ofGrid.length;
    requireDeciding(grid, ofGrid);
    return ofGrid;
  });
  requireDeciding(file.axes, combinations);
  const kept = combinations.filter((combination) => !file.exclude.some((out) => matches(combination, out)));
  const cells = new Map<string, CellOptions>();
  for (const combination of kept) {
    const options = cellOptionsSchema.parse(combination);
    const key = decisiveText(options);
    if (!cells.has(key)) cells.set(key, options);
  }
  if (cells.size === 0) {
    throw usageError(
      `the sweep ${file.name} has no cells`,
      combinations.length === 0 ? 'A range in it is empty.' : 'The exclusions remove every combination.',
    );
  }
  return {
    cells: [...cells.values()],
    excluded: combinations.length - kept.length,
    merged: kept.length - cells.size,
  };
}

/** @throws UserError for an axis of a grid that decides nothing in any of its cells: none of its values would be measured */
function requireDeciding(grid: Axes, combinations: readonly Combination[]): void {
  const workloads = new Set(combinations.map((combination) => workloadOf(cellOptionsSchema.parse(combination))));
  for (const [name, values] of Object.entries(grid)) {
    if (!isOptionName(name) || values === undefined || values.length < 2) continue;
    if ([...workloads].some((workload) => decides(name, workload))) continue;
    throw usageError(
      `"${name}" decides nothing in cells of ${[...workloads].join(' and ')}`,
      workloads.has('concurrency')
        ? 'Beside "concurrency" the length of the answers is "maxTokens"; prompts are the questions. Put other axes into a grid of their own.'
        : `It belongs to cells of ${workloadsOf(name).join(' or ')}: put it into a grid of its own.`,
    );
  }
}

/** How many combinations the axes make of one. */
function factorOf(axes: Axes): number {
  return Object.values(axes).reduce((product, values) => product * (values?.length ?? 1), 1);
}

/** Call it before they are made. @throws UserError */
function requireFew(count: number): void {
  if (count > mostCells) throw tooMany(count);
}

/** The axes win over what the combination has already. */
function crossed(combination: Combination, axes: Axes): Combination[] {
  let all: Combination[] = [combination];
  for (const [name, values] of Object.entries(axes)) {
    if (values === undefined) continue;
    requireFew(all.length * values.length);
    all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  return all;
}

/** Options that a combination does not set have their defaults. */
function matches(combination: Combination, wanted: Axes): boolean {
  return Object.entries(wanted).every(([name, values]) => {
    if (!isOptionName(name) || values === undefined) return true;
    const value = combination[name] ?? usual(name);
    return value !== undefined && values.includes(value);
  });
}

function usual(name: CellOptionName): Scalar | undefined {
  const parsed = cellOptionsSchema.shape[name].safeParse(undefined);
  return parsed.success ? parsed.data : undefined;
}

function tooMany(count: number): UserError {
  return usageError(
    `the sweep has ${count} combinations, and at most ${mostCells} are allowed`,
    'Shorten a list or a range, or make several sweeps of it.',
  );
}
