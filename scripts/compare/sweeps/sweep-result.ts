/** What a call of a sweep came to, for people and for programs. */
import { exitCodes } from '../../command-line/errors.ts';
import type { CellResult } from './sweep-run.ts';

export interface SweepCounts {
  cells: number;
  /** Of them by an earlier call. */
  completedEarlier: number;
  completed: number;
  failed: number;
  missing: number;
  incompatible: number;
  skipped: number;
  /** Interrupted, or not come to. */
  left: number;
}

/** What the sweep itself took: the time of its cells less what their runs took by their own logs. */
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
