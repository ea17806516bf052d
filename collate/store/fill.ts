/** Raw logs into the store: only what is new, whole runs, and the same contents as if all of them had come at once. */
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileError, isSystemError } from '../../scripts/command-line/errors.ts';
import type { FoundHardwareLog } from '../../scripts/results/tables-made-anew.ts';
import { takeFolderLock } from '../folder-lock.ts';
import type { LedgerEntry } from '../incremental/ledger.ts';
import {
  findLogs,
  hardwareChecksum,
  type LogFile,
  nothingMeasured,
  partHardwareLogs,
  rawFolder,
} from '../logs/find.ts';
import { capped, type Problem } from '../logs/problem.ts';
import { readRun } from '../logs/read-run.ts';
import { headerChecksum } from '../logs/twins.ts';
import { wholeRun } from '../logs/whole-run.ts';
import { Batch } from './batch.ts';
import { type Database, databaseError, isDamage, storePath } from './database.ts';
import { DimensionRows } from './dimension-rows.ts';
import { type FillPlan, knownLogs, planFill } from './known-logs.ts';
import { openStore, rebuiltBecause } from './open-store.ts';
import { type ParquetWritten, writeParquet } from './parquet.ts';
import { writePlainTables } from './plain-tables.ts';
import { RunNumbers, removeRuns, removeUnusedDimensions } from './run-numbers.ts';
import { type StoreCounts, storeCounts } from './store-counts.ts';
import { readFacts, saveFact } from './store-facts.ts';

export interface FillOptions {
  /** Folder with raw/ in it; the store goes there too. */
  output: string;
  /** Makes the store again from the raw logs, whatever is in it now. */
  rebuild?: boolean;
  onProgress?: (done: number, total: number) => void;
}

export interface FillSummary extends StoreCounts {
  store: string;
  logs: { found: number; added: number; redone: number; unchanged: number; removed: number };
  parquet: ParquetWritten;
  /** What a person should know: why the store was made again, what was left out. */
  remarks: string[];
  problems: Array<Problem & { log: string }>;
  seconds: { reading: number; total: number };
}

/** @throws UserError when there is nothing to fill in, another process fills this store, or it cannot be written */
export async function fillStore(options: FillOptions): Promise<FillSummary> {
  const { output } = options;
  const begun = performance.now();
  const { hardware, others: files } = partHardwareLogs(findLogs(output));
  using _lock = takeFolderLock(output, '.store.lock', 'fill of the store');
  if (files.length === 0 && !existsSync(storePath(output))) throw nothingMeasured(rawFolder(output));
  const remarks: string[] = [];
  let database = await openStore(output, options.rebuild === true, remarks);
  try {
    return await fillOnce(database, options, { files, hardware, begun, remarks });
  } catch (error) {
    database.close();
    if (!isDamage(error) || isSystemError(error)) throw failure(error, output);
    database = await rebuiltBecause(error, output, remarks);
    try {
      return await fillOnce(database, options, { files, hardware, begun, remarks });
    } catch (again) {
      throw failure(again, output);
    }
  } finally {
    database.close();
  }
}

function failure(error: unknown, output: string) {
  return isSystemError(error)
    ? fileError(error, output, 'writing the store in')
    : databaseError(error, storePath(output), 'filling');
}

interface Found {
  readonly files: readonly LogFile[];
  readonly hardware: readonly FoundHardwareLog[];
  /** Of performance.now(). */
  readonly begun: number;
  readonly remarks: string[];
}

async function fillOnce(database: Database, options: FillOptions, found: Found): Promise<FillSummary> {
  const { output } = options;
  const { hardware, files } = found;
  const facts = await readFacts(database);
  const plan = planFill(files, await knownLogs(database), hardware, Number(facts.get('hardware') ?? 0));
  const numbers = await RunNumbers.load(database);
  const before = new Set(numbers.uuids());
  const toRead = new Set(plan.read.map(({ uuid }) => uuid));
  const leaving = [...before].filter(
    (uuid) => !plan.staying.has(uuid) && !toRead.has(uuid) && !numbers.isAdopted(uuid),
  );
  await forget(database, numbers, plan, leaving);
  const readBegun = performance.now();
  const { entries, misfits } = await readInBatches(database, plan, numbers, hardware, options);
  const reading = (performance.now() - readBegun) / 1000;
  const redone = entries.filter(({ uuid }) => uuid !== null && before.has(uuid)).length;
  if (redone + leaving.length > 0) await removeUnusedDimensions(database);
  await writePlainTables(database, output, hardware, facts);
  await saveFact(database, 'hardware', String(hardwareChecksum(hardware)));
  await database.connection.run('CHECKPOINT');
  const parquet = await writeParquet(database, output, facts);
  for (const [what, count] of misfits) found.remarks.push(`${count} values of ${what}`);
  return {
    store: storePath(output),
    logs: {
      found: files.length,
      added: entries.length - redone,
      redone,
      unchanged: plan.kept.length,
      removed: leaving.length,
    },
    ...(await storeCounts(database)),
    parquet,
    remarks: found.remarks,
    problems: [...entries, ...plan.rowless].flatMap(({ log, problems }) =>
      problems.map((problem) => ({ log, ...problem })),
    ),
    seconds: { reading, total: (performance.now() - found.begun) / 1000 },
  };
}

/** Runs whose logs are gone or count no more, and all that is known of logs that have changed. */
async function forget(
  database: Database,
  numbers: RunNumbers,
  plan: FillPlan,
  leaving: readonly string[],
): Promise<void> {
  const logs = [...plan.forgotten, ...plan.renewed.map(({ log }) => log)];
  if (leaving.length + logs.length + plan.rowless.length === 0) return;
  const { connection } = database;
  await connection.run('BEGIN');
  await removeRuns(database, numbers.take(leaving));
  await forgetLogs(database, logs);
  await rememberLogs(database, [...plan.renewed, ...plan.rowless.filter(isRememberable)]);
  await connection.run('COMMIT');
}

/** An unreadable file may be readable next time without having changed. */
function isRememberable({ problems }: LedgerEntry): boolean {
  return problems.every(({ kind }) => kind !== 'unreadable');
}

/** So many tokens or runs make a transaction: a fill that is killed loses the reading of no more. */
const batchTokens = 250_000;
const batchRuns = 2048;

async function readInBatches(
  database: Database,
  { read }: FillPlan,
  numbers: RunNumbers,
  hardware: readonly FoundHardwareLog[],
  { onProgress }: FillOptions,
): Promise<{ entries: LedgerEntry[]; misfits: Map<string, number> }> {
  const misfits = new Map<string, number>();
  const onMisfit = (column: string, what: string) => {
    const key = `${column} are no whole numbers and were ${what}`;
    misfits.set(key, (misfits.get(key) ?? 0) + 1);
  };
  const entries: LedgerEntry[] = [];
  if (read.length === 0) return { entries, misfits };
  const dimensions = await DimensionRows.load(database, onMisfit);
  for (let done = 0; done < read.length; ) {
    const batch = await Batch.begin(database, dimensions, onMisfit);
    const first = done;
    const outdated: number[] = [];
    const inBatch: LedgerEntry[] = [];
    const added: Array<[uuid: string, runId: number]> = [];
    for (; done < read.length && done - first < batchRuns && batch.tokenCount < batchTokens; done++) {
      if (done % 64 === 0) {
        onProgress?.(done, read.length);
        await setImmediate();
      }
      const next = read[done];
      if (next === undefined) break;
      const runId = numbers.next();
      const entry = readInto(batch, runId, next.file, hardware);
      // It stopped being a run log since it was found: the next fill will see it anew.
      if (entry === null) continue;
      outdated.push(...numbers.take([next.uuid]));
      added.push([next.uuid, runId]);
      inBatch.push(entry);
    }
    await batch.commit(async () => {
      await removeRuns(database, outdated);
      await rememberLogs(database, inBatch.filter(isRememberable));
      await numbers.save(database, added);
    });
    entries.push(...inBatch);
  }
  onProgress?.(read.length, read.length);
  return { entries, misfits };
}

function readInto(
  batch: Batch,
  runId: number,
  file: LogFile,
  hardware: readonly FoundHardwareLog[],
): LedgerEntry | null {
  const result = readRun(file.path, batch.next(runId), file.log);
  if (result === null) return null;
  const run = wholeRun(result.run, hardware);
  batch.add(run);
  const { header, outcome } = run;
  return {
    log: file.log,
    bytes: file.bytes,
    mtimeMs: file.mtimeMs,
    crc: result.crc,
    uuid: header.uuid,
    header: headerChecksum(header),
    framework: header.framework.name,
    status: outcome.status,
    hardware: run.hardware?.header.uuid ?? null,
    rows: {},
    problems: capped(result.problems),
  };
}

async function forgetLogs({ api, connection }: Database, logs: readonly string[]): Promise<void> {
  if (logs.length === 0) return;
  await connection.run(
    'DELETE FROM store.logs WHERE log IN (SELECT unnest($1))',
    [api.listValue([...logs])],
    [api.LIST(api.VARCHAR)],
  );
}

async function rememberLogs({ api, connection }: Database, entries: readonly LedgerEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await connection.run(
    `INSERT INTO store.logs SELECT entry ->> '$.log', entry ->> '$.uuid', entry FROM (SELECT unnest($1) AS entry)`,
    [api.listValue(entries.map((entry) => JSON.stringify(entry)))],
    [api.LIST(api.VARCHAR)],
  );
}
