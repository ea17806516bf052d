/** Which runs have a place in statistics. The others stay in the tables. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';

/** Parity runs judge the others; load, pool and accuracy runs have figures of their own, in tables of their own. */
export const ungrouped: ReadonlyArray<string | null> = ['parity', 'load', 'pool', 'accuracy', 'perplexity'];

/**
 * Completed ones that measured speed. A twin is there for the noise floor alone; a run that failed its certificate gives way to a
 * later try of the same turn that did not. Where no try was better, all of them count.
 */
export function countedRuns(runs: readonly RunRow[]): RunRow[] {
  const better = new Set(runs.filter((run) => mayReplace(run)).map(turnOf));
  return runs.filter(
    (run) =>
      run.status === 'completed' &&
      !ungrouped.includes(run.workload) &&
      run.twin !== true &&
      !(run.certificate === 'failed' && better.has(turnOf(run))),
  );
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

/** Pairs of identical cells that were measured as such: a session's runs of these, and of their twin. */
export function identicalRuns(
  members: readonly RunRow[],
  all: readonly RunRow[],
  isAlike: (a: RunRow, b: RunRow) => boolean,
): IdenticalRuns[] {
  const better = new Set(all.filter((run) => mayReplace(run)).map(turnOf));
  const twins = all.filter(
    (run) =>
      run.twin === true &&
      run.status === 'completed' &&
      !(run.certificate === 'failed' && better.has(turnOf(run))) &&
      members.some((member) => isAlike(member, run)),
  );
  return [...new Set(twins.map(({ session }) => session))].map((session) => ({
    a: members.filter((run) => run.session === session),
    b: twins.filter((run) => run.session === session),
  }));
}

function mayReplace({ status, attempt, certificate }: RunRow): boolean {
  return status === 'completed' && (attempt ?? 0) > 0 && certificate !== 'failed';
}

/** A place in the order of a session is one cell in one iteration. */
function turnOf({ session, turn }: RunRow): string {
  return `${session} ${turn}`;
}
