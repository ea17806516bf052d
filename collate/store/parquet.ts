/**
 * The store as Parquet files, for readers that have no DuckDB or must not wait for it: a folder a table. Tables of runs lie in parts of
 * 512 runs, and only parts that have changed are written; each file appears by a rename.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nextPath } from '../../scripts/command-line/files/folders.ts';
import type { Database } from './database.ts';
import { runsPerPart } from './run-numbers.ts';
import { runPartTables, smallTables } from './star.ts';
import { saveFact } from './store-facts.ts';
import { literal, quoted } from './stored-column.ts';

export interface ParquetWritten {
  folder: string;
  /** Files written now. */
  written: number;
  /** Of all files. */
  bytes: number;
}

export function parquetFolder(output: string): string {
  return join(output, 'parquet');
}

function partName(part: number): string {
  return `part-${String(part).padStart(5, '0')}.parquet`;
}

/** Compact, and in encodings that every reader knows. */
const format = 'FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2';

/** Marks the tables without parts in the list of stale parts. */
const small = -1;

export async function markSmallTables({ connection }: Database): Promise<void> {
  await connection.run(`INSERT INTO store.stale_parts VALUES (${small})`);
}

/** @param facts of the store: one that never wrote these files takes none of them for its own */
export async function writeParquet(
  database: Database,
  output: string,
  facts: ReadonlyMap<string, string>,
): Promise<ParquetWritten> {
  const folder = parquetFolder(output);
  const isOwn = facts.get('parquet') === 'written' && existsSync(folder);
  const parts = isOwn ? await stalePartsOf(database) : await allPartsOf(database);
  if (parts.length === 0) return { folder, written: 0, bytes: bytesBelow(folder) };
  let written = 0;
  for (const { name } of smallTables) {
    await copyTo(database, `SELECT * FROM main.${quoted(name)}`, join(folder, name, partName(0)));
    written++;
  }
  for (const { name } of runPartTables) {
    if (!isOwn) removeOthers(join(folder, name), parts);
    for (const part of parts) if (part !== small && (await writePart(database, folder, name, part))) written++;
  }
  await database.connection.run('DELETE FROM store.stale_parts');
  await saveFact(database, 'parquet', 'written');
  await database.connection.run('CHECKPOINT');
  return { folder, written, bytes: bytesBelow(folder) };
}

/** @returns whether the table has rows there; the first part is written even without any, so that every table has its columns */
async function writePart(database: Database, folder: string, name: string, part: number): Promise<boolean> {
  const path = join(folder, name, partName(part));
  const rows = `FROM main.${quoted(name)} WHERE run_id BETWEEN ${part * runsPerPart} AND ${(part + 1) * runsPerPart - 1}`;
  const counted = await database.connection.runAndReadAll(`SELECT count(*) ${rows}`);
  if (part > 0 && Number(counted.getRowsJS()[0]?.[0]) === 0) {
    rmSync(path, { force: true });
    return false;
  }
  await copyTo(database, `SELECT * ${rows}`, path);
  return true;
}

/** Parts of a store that was here before. */
function removeOthers(folder: string, parts: readonly number[]): void {
  if (!existsSync(folder)) return;
  const own = new Set(parts.map(partName));
  for (const name of readdirSync(folder)) if (!own.has(name)) rmSync(join(folder, name), { force: true });
}

async function stalePartsOf({ connection }: Database): Promise<number[]> {
  const read = await connection.runAndReadAll('SELECT DISTINCT part FROM store.stale_parts ORDER BY part');
  return read.getRowsJS().map(([part]) => Number(part));
}

async function allPartsOf({ connection }: Database): Promise<number[]> {
  const read = await connection.runAndReadAll(
    `SELECT DISTINCT run_id // ${runsPerPart} AS part FROM main.runs UNION SELECT 0 ORDER BY part`,
  );
  return read.getRowsJS().map(([part]) => Number(part));
}

/** Whole or not at all. */
export async function copyTo({ connection }: Database, select: string, path: string, as = format): Promise<void> {
  const next = nextPath(path);
  mkdirSync(dirname(path), { recursive: true });
  try {
    await connection.run(`COPY (${select}) TO ${literal(next)} (${as})`);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

function bytesBelow(folder: string): number {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true });
  return files
    .filter((file) => file.isFile() && !basename(file.name).startsWith('.'))
    .reduce((total, file) => total + statSync(join(file.parentPath, file.name)).size, 0);
}
