/** The cells of a suite with their numbers, as the plan of a comparison has them. */
import { usageError } from '../../command-line/errors.ts';
import { usableCores } from '../../machine/facts/host.ts';
import { type CellOptions, cellsInOrder } from '../sweeps/cell.ts';
import { gridOf } from '../sweeps/grid.ts';
import type { SweepFile } from '../sweeps/sweep-file.ts';
import { cellName, varyingOptions } from '../sweeps/sweep-result.ts';

export interface SuiteCell {
  /** From 1, in the order of the file. */
  number: number;
  words: string;
  options: CellOptions;
}

/** @param only numbers as typed; undefined: all @throws UserError for numbers that the suite does not have */
export async function suiteCells(file: SweepFile, only: readonly string[] | undefined): Promise<SuiteCell[]> {
  const { cells: grid } = gridOf(file);
  const cores = await usableCores();
  // One at a time, so that their order is that of the file.
  const cells = grid.flatMap((options) => cellsInOrder([options], { ...file, iterations: 1 }, cores));
  const names = varyingOptions(cells);
  const all = cells.map((cell, i) => ({ number: i + 1, words: cellName(cell, names, 1), options: cell.options }));
  if (only === undefined) return all;
  for (const typed of only) {
    if (all.some(({ number }) => String(number) === typed)) continue;
    throw usageError(`--cell ${typed}: the suite ${file.name} has cells 1 to ${all.length}`, 'Give numbers of these.');
  }
  return all.filter(({ number }) => only.includes(String(number)));
}
