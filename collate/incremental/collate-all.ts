/** The stage itself: raw logs to tables, only what is new, in flat memory, whole or not at all. */

import { setImmediate } from 'node:timers/promises';
import { fileError, isSystemError } from '../../scripts/command-line/errors.ts';
import {
  closestHardware,
  type FoundHardwareLog,
  hardwareChecksum,
  partHardwareLogs,
} from '../hardware/hardware-logs.ts';
import { findLogs, type LogFile, nothingMeasured, rawFolder } from '../logs/find.ts';
import { readHead } from '../logs/head.ts';
import { capped } from '../logs/problem.ts';
import { readRun, type TokenSink } from '../logs/read-run.ts';
import { headerChecksum } from '../logs/twins.ts';
import { accuracyItemRow, accuracyRows } from '../tables/accuracy.ts';
import { answerRow, tpotScores } from '../tables/answers.ts';
import { accuracyColumns } from '../tables/columns/accuracy.ts';
import { accuracyItemColumns } from '../tables/columns/accuracy-items.ts';
import { answerColumns } from '../tables/columns/answers.ts';
import { loadColumns } from '../tables/columns/load.ts';
import { memoryColumns } from '../tables/columns/memory.ts';
import { parityColumns } from '../tables/columns/parity.ts';
import { poolColumns } from '../tables/columns/pool.ts';
import { runColumns } from '../tables/columns/runs.ts';
import { csvRow } from '../tables/csv.ts';
import { writeHardwareTable } from '../tables/hardware.ts';
import { loadRows } from '../tables/load.ts';
import { memoryRows } from '../tables/memory.ts';
import { parityRow } from '../tables/parity.ts';
import { poolRows } from '../tables/pool.ts';
import { runRow } from '../tables/runs.ts';
import { writeSweepsTable } from '../tables/sweeps.ts';
import {
  accuracyItemsTable,
  accuracyTable,
  answersTable,
  loadTable,
  memoryTable,
  parityTable,
  poolTable,
  runsTable,
  tokensTable,
} from '../tables/table-names.ts';
import { writeTokens } from '../tables/tokens.ts';
import { emptyLedger, type FoundLedger, type Ledger, type LedgerEntry, loadLedger, saveLedger } from './ledger.ts';
import { takeLock } from './lock.ts';
import { type Plan, planCollation } from './plan.ts';
import { recover, removeLeftovers, renamePending } from './recover.ts';
import { startFrom } from './starting-ledger.ts';
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
  writeHardwareTable(output, hardware);
  writeSweepsTable(output);
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
  rows: CollateSummary['rows'],
  hardware: readonly FoundHardwareLog[],
): LedgerEntry | null {
  const runs = tables.table(runsTable);
  const answers = tables.table(answersTable);
  const parity = tables.table(parityTable);
  const load = tables.table(loadTable);
  const pool = tables.table(poolTable);
  const accuracy = tables.table(accuracyTable);
  const accuracyItems = tables.table(accuracyItemsTable);
  const memory = tables.table(memoryTable);
  const starts = {
    answers: answers.position,
    parity: parity.position,
    load: load.position,
    pool: pool.position,
    accuracy: accuracy.position,
    accuracyItems: accuracyItems.position,
    memory: memory.position,
    runs: runs.position,
  };
  let tokensStart: number | null = null;
  const toTable: TokenSink = (run, answer, tokens) => {
    const table = tables.table(tokensTable(run.header.framework.name));
    tokensStart ??= table.position;
    writeTokens(run, answer, tokens, (line) => table.write(line));
    rows.tokens += tokens.length;
  };
  const result = readRun(file.path, toTable, file.log);
  if (result === null) return null;
  const { run, outcome } = result;
  const tokenTable = tables.table(tokensTable(run.header.framework.name));
  const { host, startedAt } = run.header;
  const ceilings = closestHardware(hardware, { host, startedAtMs: Date.parse(startedAt) });
  const tpotZ = tpotScores(run);
  for (const answer of run.answers) answers.write(csvRow(answerColumns, answerRow(run, answer, tpotZ)));
  for (const record of run.parity) parity.write(csvRow(parityColumns, parityRow(run, record)));
  for (const row of loadRows(run)) load.write(csvRow(loadColumns, row));
  const poolFound = poolRows(run);
  for (const row of poolFound) pool.write(csvRow(poolColumns, row));
  const accuracyFound = accuracyRows(run, outcome.status);
  for (const row of accuracyFound) accuracy.write(csvRow(accuracyColumns, row));
  for (const { items } of run.tasks) {
    for (const item of items) accuracyItems.write(csvRow(accuracyItemColumns, accuracyItemRow(run, item)));
    rows.accuracyItems += items.length;
  }
  for (const row of memoryRows(run)) memory.write(csvRow(memoryColumns, row));
  runs.write(csvRow(runColumns, runRow(run, outcome, file.log, ceilings)));
  rows.answers += run.answers.length;
  rows.parity += run.parity.length;
  rows.load += run.load.length;
  rows.pool += poolFound.length;
  rows.accuracy += accuracyFound.length;
  rows.memory += run.memory.length;
  rows.runs++;
  return {
    log: file.log,
    bytes: file.bytes,
    mtimeMs: file.mtimeMs,
    crc: outcome.crc,
    uuid,
    header: headerChecksum(run.header),
    framework: run.header.framework.name,
    status: outcome.status,
    hardware: ceilings?.header.uuid ?? null,
    rows: {
      tokens: tokensStart === null ? 0 : tokenTable.position - tokensStart,
      answers: answers.position - starts.answers,
      parity: parity.position - starts.parity,
      load: load.position - starts.load,
      pool: pool.position - starts.pool,
      accuracy: accuracy.position - starts.accuracy,
      accuracyItems: accuracyItems.position - starts.accuracyItems,
      memory: memory.position - starts.memory,
      runs: runs.position - starts.runs,
    },
    problems: capped(outcome.problems),
  };
}

function tablesBefore(output: string): string[] {
  const found = quietly(() => loadLedger(output));
  return found?.kind === 'ledger' ? Object.keys(found.ledger.tables) : [];
}

function noRows(): CollateSummary['rows'] {
  return { tokens: 0, answers: 0, parity: 0, load: 0, pool: 0, accuracy: 0, accuracyItems: 0, memory: 0, runs: 0 };
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
