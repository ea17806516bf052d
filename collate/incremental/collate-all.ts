/** The stage itself: raw logs to tables, only what is new, in flat memory, whole or not at all. */
import { setImmediate } from 'node:timers/promises';
import { fileError, isSystemError } from '../../scripts/command-line/errors.ts';
import { type FoundHardwareLog, hardwareTable, sweepsTable } from '../../scripts/results/tables-made-anew.ts';
import { writeForeignTable } from '../foreign/write-table.ts';
import {
  closestHardware,
  findLogs,
  hardwareChecksum,
  type LogFile,
  nothingMeasured,
  partHardwareLogs,
  rawFolder,
} from '../logs/find.ts';
import { readHead } from '../logs/head.ts';
import { notesOfSweeps, writeAnew } from '../tables/csv.ts';
import { takeFolderLock } from './folder-lock.ts';
import {
  emptyLedger,
  type FoundLedger,
  type Ledger,
  type LedgerEntry,
  loadLedger,
  noRows,
  saveLedger,
} from './ledger.ts';
import { type Plan, planCollation } from './plan.ts';
import { recover, removeLeftovers, renamePending, startFrom } from './recover.ts';
import { type CollateSummary, summarizeCollation } from './summary.ts';
import { removeTables, Tables, writeRun } from './tables.ts';

export interface CollateOptions {
  /** Folder with raw/ in it; the tables go there too. */
  output: string;
  /** Makes all tables again from the raw logs, regardless of what is in them now. */
  rebuild?: boolean;
  onProgress?: (done: number, total: number) => void;
}

/** @throws UserError when there is nothing to collate, a table was edited, or the folder cannot be written */
export async function collateAll(options: CollateOptions): Promise<CollateSummary> {
  const { output } = options;
  const { hardware, others: files } = partHardwareLogs(findLogs(output));
  // Two would append into each other's tables.
  using lock = takeFolderLock(output, '.collate.lock', 'collation');
  const before: FoundLedger = options.rebuild === true ? { kind: 'none' } : recover(output, lock.interrupted);
  if (files.length === 0 && (before.kind !== 'ledger' || before.ledger.logs.length === 0))
    throw nothingMeasured(rawFolder(output));
  const remarks: string[] = [];
  const start = startFrom(output, before, files, remarks);
  const plan = planCollation(files, start.logs, outdatedBy(hardware, start));
  writeAnew(output, hardwareTable, hardware);
  writeAnew(output, sweepsTable, notesOfSweeps(output));
  remarks.push(...writeForeignTable(output));
  if (plan.read.length + plan.rowless.length + plan.replaced.length === 0) {
    const checksum = hardwareChecksum(hardware);
    if (plan.touched || start.hardware !== checksum)
      saving(output, () => saveLedger(output, { ...start, hardware: checksum, logs: plan.kept }));
    return summarizeCollation(output, plan, [], noRows(), start.tables, remarks);
  }
  return await write(options, start, plan, hardware, remarks);
}

/** A hardware benchmark that came later may be closer to a run than the one that its row knows. */
export function outdatedBy(hardware: readonly FoundHardwareLog[], ledger: Pick<Ledger, 'hardware'>) {
  if (ledger.hardware === hardwareChecksum(hardware)) return () => false;
  return (entry: LedgerEntry, file: LogFile) => {
    if (entry.status === null) return false;
    const head = readHead(file.path);
    return head.kind === 'run' && (closestHardware(hardware, head)?.header.uuid ?? null) !== entry.hardware;
  };
}

async function write(
  options: CollateOptions,
  start: Ledger,
  plan: Plan,
  hardware: readonly FoundHardwareLog[],
  remarks: string[],
): Promise<CollateSummary> {
  const { output } = options;
  const tables = new Tables(output, start, plan.replaced);
  const rows = noRows();
  const added: LedgerEntry[] = [];
  try {
    tables.openAffected();
    for (const [done, { file, uuid }] of plan.read.entries()) {
      if (done % 64 === 0) {
        options.onProgress?.(done, plan.read.length);
        await setImmediate();
      }
      const entry = writeRun(tables, file, uuid, rows, hardware);
      if (entry !== null) added.push(entry);
    }
    added.push(...plan.rowless);
    const obsolete = options.rebuild === true ? tablesBefore(output) : [];
    const finished = tables.finish();
    // An unreadable file may be readable next time without having changed.
    const remembered = added.filter((entry) => entry.problems.every((problem) => problem.kind !== 'unreadable'));
    const ledger: Ledger = {
      ...emptyLedger(),
      ...finished,
      hardware: hardwareChecksum(hardware),
      logs: [...plan.kept, ...remembered],
    };
    saveLedger(output, ledger);
    renamePending(output, ledger);
    removeLeftovers(output);
    removeTables(
      output,
      obsolete.filter((table) => ledger.tables[table] === undefined),
    );
    for (const table of tables.links)
      remarks.push(`${table} was a link: it is a file of its own now, its target as it was`);
    return summarizeCollation(output, plan, added, rows, ledger.tables, remarks);
  } catch (error) {
    quietly(() => tables.abandon());
    throw isSystemError(error) ? fileError(error, output, 'writing the tables in') : error;
  }
}

function tablesBefore(output: string): string[] {
  const found = quietly(() => loadLedger(output));
  return found?.kind === 'ledger' ? Object.keys(found.ledger.tables) : [];
}

function saving(output: string, save: () => void): void {
  try {
    save();
  } catch (error) {
    throw fileError(error, output, 'writing the tables in');
  }
}

/** For what may fail without consequence, beside a failure that matters more. */
function quietly<T>(attempt: () => T): T | null {
  try {
    return attempt();
  } catch {
    return null;
  }
}
