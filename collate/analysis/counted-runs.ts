/** Which runs have a place in statistics. The others stay in the tables. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { groupBy, joinBy } from './group-by.ts';

/** Parity runs judge the others; load, pool and accuracy runs have figures of their own, in tables of their own. */
export const ungrouped: ReadonlyArray<string | null> = ['parity', 'load', 'pool', 'accuracy', 'perplexity'];

/**
 * Completed runs that measured speed. A twin is there for the noise floor alone; a run that failed its quality checks gives way to a
 * later try of the same turn that did not. Where no try was better, all of them count.
 */
export function countedRuns(runs: readonly RunRow[]): RunRow[] {
  return lastTries(runs).filter(({ workload, twin }) => !ungrouped.includes(workload) && twin !== true);
}

/** Runs that gave way. */
export function replacedRuns(runs: readonly RunRow[]): RunRow[] {
  const counted = new Set(countedRuns(runs));
  return runs.filter((run) => run.certificate === 'failed' && run.twin !== true && !counted.has(run));
}

export interface IdenticalRuns {
  a: RunRow[];
  b: RunRow[];
}

/** Runs of cells that were measured as the second of two identical ones. */
export function twinsAmong(runs: readonly RunRow[]): RunRow[] {
  return lastTries(runs).filter(({ twin }) => twin === true);
}

/** A pair a session: its runs among these, and those of their twins. */
export function identicalRuns(runs: readonly RunRow[], twins: readonly RunRow[]): IdenticalRuns[] {
  return groupBy(twins, ({ session }) => [session]).map((b) => ({
    a: runs.filter(({ session }) => session === b[0].session),
    b,
  }));
}

/** Completed runs but for those that gave way to a later try of their turn: of one cell in one iteration of a session. */
function lastTries(runs: readonly RunRow[]): RunRow[] {
  const completed = runs.filter(({ status }) => status === 'completed');
  const better = completed.filter(({ attempt, certificate }) => (attempt ?? 0) > 0 && certificate !== 'failed');
  return joinBy(completed, better, ({ session, turn }) => [session, turn])
    .filter(([{ certificate }, instead]) => certificate !== 'failed' || instead.length === 0)
    .map(([run]) => run);
}
