/**
 * The store as Parquet files, for readers that have no DuckDB or must not wait for it: a folder a table. Tables of runs lie in parts of
 * 512 runs, and only parts that have changed are written; each file appears by a rename.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nextPath } from '../../scripts/command-line/files/folders.ts';
import type { Database } from './database.ts';
import { type Part, runsOfPart, staleParts, usedParts } from './stale-parts.ts';
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

/** @param facts of the store: one that never wrote these files takes none of them for its own */
export async function writeParquet(
  database: Database,
  output: string,
  facts: ReadonlyMap<string, string>,
): Promise<ParquetWritten> {
  const folder = parquetFolder(output);
  const isOwn = facts.get('parquet') === 'written' && existsSync(folder);
  const parts = isOwn ? await staleParts(database) : await allParts(database);
  if (!isOwn) removeOthers(folder, parts);
  let written = 0;
  for (const { table, part } of parts) {
    if (smallTables.some(({ name }) => name === table)) {
      await copyTo(database, `SELECT * FROM main.${quoted(table)}`, join(folder, table, partName(0)));
      written++;
    } else if (await writePart(database, folder, table, part)) written++;
  }
  if (parts.length > 0) await database.connection.run('DELETE FROM store.stale_parts');
  await saveFact(database, 'parquet', 'written');
  return { folder, written, bytes: bytesBelow(folder) };
}

async function allParts(database: Database): Promise<Part[]> {
  const used = await usedParts(database);
  return [
    ...smallTables.map(({ name }) => ({ table: name, part: 0 })),
    ...runPartTables.flatMap(({ name }) => used.map((part) => ({ table: name, part }))),
  ];
}

/** @returns whether the table has rows there; the first part is written even without any, so that every table has its columns */
async function writePart(database: Database, folder: string, name: string, part: number): Promise<boolean> {
  const path = join(folder, name, partName(part));
  const [first, last] = runsOfPart(part);
  const rows = `FROM main.${quoted(name)} WHERE run_id BETWEEN ${first} AND ${last}`;
  const counted = await database.connection.runAndReadAll(`SELECT count(*) ${rows}`);
  if (part > 0 && Number(counted.getRowsJS()[0]?.[0]) === 0) {
    rmSync(path, { force: true });
    return false;
  }
  await copyTo(database, `SELECT * ${rows}`, path);
  return true;
}

/** Files of a store that was here before. */
function removeOthers(folder: string, parts: readonly Part[]): void {
  const own = new Set(parts.map(({ table, part }) => join(table, partName(part))));
  for (const { name: table } of [...smallTables, ...runPartTables]) {
    if (!existsSync(join(folder, table))) continue;
    for (const name of readdirSync(join(folder, table))) {
      if (!own.has(join(table, name))) rmSync(join(folder, table, name), { force: true });
    }
  }
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
