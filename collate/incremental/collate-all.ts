/** The stage itself: raw logs to tables, only what is new, in flat memory, whole or not at all. */
import { setImmediate } from 'node:timers/promises';
import { fileError, isSystemError } from '../../scripts/command-line/errors.ts';
import { recordedValues } from '../../scripts/log/recorded-values.ts';
import { scriptOf } from '../../scripts/log/repeating-command.ts';
import type { TokenSink } from '../../scripts/results/run.ts';
import { runTables, tokensFile } from '../../scripts/results/tables.ts';
import { type FoundHardwareLog, hardwareTable, sweepsTable } from '../../scripts/results/tables-made-anew.ts';
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
import { capped } from '../logs/problem.ts';
import { readRun } from '../logs/read-run.ts';
import { headerChecksum } from '../logs/twins.ts';
import { csvRow } from '../tables/csv.ts';
import { notesOfSweeps, writeAnew, writeTokens } from '../tables/write.ts';
import {
  emptyLedger,
  type FoundLedger,
  type Ledger,
  type LedgerEntry,
  loadLedger,
  noRows,
  type RowCounts,
  saveLedger,
} from './ledger.ts';
import { takeLock } from './lock.ts';
import { type Plan, planCollation } from './plan.ts';
import { recover, removeLeftovers, renamePending, startFrom } from './recover.ts';
import { type CollateSummary, summarizeCollation } from './summary.ts';
import { removeTables, Tables } from './tables.ts';

export interface CollateOptions {
  /** Folder with raw/ in it; the tables go there too. */
  output: string;
  /** Makes all tables again from the raw logs, whatever is in them now. */
  rebuild?: boolean;
  onProgress?: (done: number, total: number) => void;
}

/** @throws UserError when there is nothing to collate, a table was edited, or the folder cannot be written */
export async function collateAll(options: CollateOptions): Promise<CollateSummary> {
  const { output } = options;
  const { hardware, others: files } = partHardwareLogs(findLogs(output));
  using lock = takeLock(output);
  const before: FoundLedger = options.rebuild === true ? { kind: 'none' } : recover(output, lock.interrupted);
  if (files.length === 0 && (before.kind !== 'ledger' || before.ledger.logs.length === 0))
    throw nothingMeasured(rawFolder(output));
  const remarks: string[] = [];
  const start = startFrom(output, before, files, remarks);
  const plan = planCollation(files, start.logs, outdatedBy(hardware, start));
  writeAnew(output, hardwareTable, hardware);
  writeAnew(output, sweepsTable, notesOfSweeps(output));
  if (plan.read.length + plan.rowless.length + plan.replaced.length === 0) {
    const checksum = hardwareChecksum(hardware);
    if (plan.touched || start.hardware !== checksum)
      saving(output, () => saveLedger(output, { ...start, hardware: checksum, logs: plan.kept }));
    return summarizeCollation(output, plan, [], noRows(), start.tables, remarks);
  }
  return await write(options, start, plan, hardware, remarks);
}

/** A hardware benchmark that came later may be closer to a run than the one that its row knows. */
function outdatedBy(hardware: readonly FoundHardwareLog[], ledger: Ledger) {
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
    if (ledger.pending.length > 0) renamePending(output, ledger);
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

/** Null when the file stopped being a run log since it was found; the next collation will see it anew. */
function writeRun(
  tables: Tables,
  file: { log: string; path: string; bytes: number; mtimeMs: number },
  uuid: string,
  rows: RowCounts,
  hardware: readonly FoundHardwareLog[],
): LedgerEntry | null {
  const bytes = noRows();
  const toTable: TokenSink = (run, answer, tokens) => {
    const table = tables.table(tokensFile(run.header.framework.name));
    const start = table.position;
    writeTokens(run, answer, tokens, (line) => table.write(line));
    bytes.tokens = (bytes.tokens ?? 0) + table.position - start;
    rows.tokens = (rows.tokens ?? 0) + tokens.length;
  };
  const result = readRun(file.path, toTable, file.log);
  if (result === null) return null;
  const { run, problems, crc } = result;
  const { header, outcome } = run;
  tables.table(tokensFile(header.framework.name));
  const ceilings = closestHardware(hardware, { host: header.host, startedAtMs: Date.parse(header.startedAt) });
  const command = { script: scriptOf(header), options: recordedValues(header) };
  const whole = { ...run, hardware: ceilings, command };
  for (const { name, file: tableFile, columns, rows: rowsOf } of runTables) {
    const table = tables.table(tableFile);
    const start = table.position;
    for (const row of rowsOf(whole)) {
      table.write(csvRow(columns, row));
      rows[name] = (rows[name] ?? 0) + 1;
    }
    bytes[name] = table.position - start;
  }
  return {
    log: file.log,
    bytes: file.bytes,
    mtimeMs: file.mtimeMs,
    crc,
    uuid,
    header: headerChecksum(header),
    framework: header.framework.name,
    status: outcome.status,
    hardware: ceilings?.header.uuid ?? null,
    rows: bytes,
    problems: capped(problems),
  };
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
