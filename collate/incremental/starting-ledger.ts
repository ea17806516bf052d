/** From which ledger a collation goes on: the one that was found, or an empty one. */
import { UserError } from '../../scripts/command-line/errors.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import type { LogFile } from '../logs/find.ts';
import { readTable, rebuildRemedy } from '../tables/read.ts';
import { columnsChecksum, emptyLedger, type FoundLedger, type Ledger, ledgerPath } from './ledger.ts';

/**
 * Tables of a version with other columns, or with a ledger that cannot be believed, are made again, unless that would
 * lose runs.
 * @param remarks gets the reason
 * @throws UserError when logs of runs in the tables are gone
 */
export function startFrom(output: string, before: FoundLedger, files: readonly LogFile[], remarks: string[]): Ledger {
  const found = new Set(files.flatMap(({ log, refused }) => (refused === undefined ? [log] : [])));
  switch (before.kind) {
    case 'none':
      return emptyLedger();
    case 'distrusted':
      refuseLosses(output, lostRuns(output, found), `${ledgerPath(output)} is not trusted (${before.reason})`);
      remarks.push(`all tables made again: ${ledgerPath(output)} is not trusted, because ${before.reason}`);
      return emptyLedger();
    case 'ledger': {
      const { ledger } = before;
      if (ledger.columns === columnsChecksum()) return ledger;
      const lost = ledger.logs.filter((entry) => entry.status !== null && !found.has(entry.log)).length;
      refuseLosses(output, lost, 'the tables were made by a version with other columns');
      return emptyLedger();
    }
    default:
      return before satisfies never;
  }
}

function refuseLosses(output: string, lost: number, because: string): void {
  if (lost === 0) return;
  throw new UserError(`${because}, and the logs of ${lost} of the runs in the tables are gone`, {
    remedy: `Keep a copy of the tables, then: ${rebuildRemedy(output)}`,
  });
}

/** Runs whose rows could not be made again. A table that cannot be read has none that anybody could miss. */
function lostRuns(output: string, found: ReadonlySet<string>): number {
  try {
    return readTable(output, runsTable).filter(({ log }) => log === null || !found.has(log)).length;
  } catch {
    return 0;
  }
}
