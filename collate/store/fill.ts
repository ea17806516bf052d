/** Raw logs into the store: only what is new, whole runs, and the same contents as if all of them had come at once. */
import { existsSync } from 'node:fs';
import { fileError, isSystemError } from '../../scripts/command-line/errors.ts';
import type { FoundHardwareLog } from '../../scripts/results/tables-made-anew.ts';
import { takeFolderLock } from '../incremental/folder-lock.ts';
import {
  findLogs,
  hardwareChecksum,
  type LogFile,
  nothingMeasured,
  partHardwareLogs,
  rawFolder,
} from '../logs/find.ts';
import type { Problem } from '../logs/problem.ts';
import { adoptRuns, parquetSources } from './adoption.ts';
import { type Database, databaseError, isDamage, storePath } from './database.ts';
import { type FillPlan, forgetLogs, isRememberable, knownLogs, planFill, rememberLogs } from './known-logs.ts';
import { openStore, rebuiltBecause } from './open-store.ts';
import { type ParquetWritten, writeParquet } from './parquet.ts';
import { writePlainTables } from './plain-tables.ts';
import { readInBatches } from './read-in.ts';
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
  /** Runs that came as Parquet files of another store. */
  merged: number;
  parquet: ParquetWritten;
  /** What a person should know: why the store was made again, what was left out. */
  remarks: string[];
  problems: Array<Problem & { log: string }>;
  /** How long the parts of the work took: finding what is new, reading it in, the checkpoint, the Parquet files. */
  seconds: { finding: number; reading: number; checkpoint: number; parquet: number; total: number };
}

/** @throws UserError when there is nothing to fill in, another process fills this store, or it cannot be written */
export async function fillStore(options: FillOptions): Promise<FillSummary> {
  const { output } = options;
  const begun = performance.now();
  const { hardware, others: files } = partHardwareLogs(findLogs(output));
  using _lock = takeFolderLock(output, '.store.lock', 'fill of the store');
  if (files.length + parquetSources(output).length === 0 && !existsSync(storePath(output)))
    throw nothingMeasured(rawFolder(output));
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
  const secondsSince = timer(found.begun);
  const finding = secondsSince();
  const { entries, misfits } = await readInBatches(database, plan, numbers, hardware, options.onProgress);
  const merged = await adoptRuns(database, numbers, output);
  const reading = secondsSince();
  const redone = entries.filter(({ uuid }) => uuid !== null && before.has(uuid)).length;
  if (redone + leaving.length > 0) await removeUnusedDimensions(database);
  await writePlainTables(database, output, hardware, facts);
  await saveFact(database, 'hardware', String(hardwareChecksum(hardware)));
  await database.connection.run('CHECKPOINT');
  const checkpoint = secondsSince();
  const parquet = await writeParquet(database, output, facts);
  const parquetSeconds = secondsSince();
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
    merged,
    ...(await storeCounts(database)),
    parquet,
    remarks: found.remarks,
    problems: [...entries, ...plan.rowless].flatMap(({ log, problems }) =>
      problems.map((problem) => ({ log, ...problem })),
    ),
    seconds: { finding, reading, checkpoint, parquet: parquetSeconds, total: timer(found.begun)() },
  };
}

/** @returns seconds since it was asked before */
function timer(begun: number): () => number {
  let last = begun;
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
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
