/** Cells of sweeps: which runs another one has made up for, and which cells were never run. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { SweepRow } from '../../scripts/results/sweeps-table.ts';

/** Runs that a kill, Ctrl-C or a fault ended, where the same cell was completed by another run on the same host. */
export function madeUpFor(runs: readonly RunRow[]): RunRow[] {
  const completed = completedCells(runs);
  return runs.filter((run) => run.status !== 'completed' && run.sweep_cell !== null && completed.has(cellOf(run)));
}

/** Notes about cells that no later run has completed. */
export function cellsWithoutRun(sweeps: readonly SweepRow[], runs: readonly RunRow[]): SweepRow[] {
  const completed = completedCells(runs);
  return sweeps.filter((row) => !completed.has(cellOf(row)));
}

function completedCells(runs: readonly RunRow[]): Set<string> {
  return new Set(runs.filter((run) => run.status === 'completed' && run.sweep_cell !== null).map(cellOf));
}

function cellOf({ hostname, sweep, sweep_cell }: Pick<RunRow, 'hostname' | 'sweep' | 'sweep_cell'>): string {
  return `${hostname} ${sweep} ${sweep_cell}`;
}
