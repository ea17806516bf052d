/** Results of several hosts in one folder: their raw logs are copied into it, or the Parquet files of their stores where there are no logs. */
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileError, missingError, oneLine, UserError, usageError } from '../../scripts/command-line/errors.ts';
import { isPlainName, makeFolder, nextPath, requireWithin } from '../../scripts/command-line/files/folders.ts';
import { foreignFolder } from '../../scripts/log/foreign-file.ts';
import { sweepsFolder } from '../../scripts/log/not-run-file.ts';
import { findLogs, rawFolder } from '../logs/find.ts';
import { fileChecksum } from '../logs/lines.ts';
import { mergedFolder } from './adoption.ts';
import { withoutStack } from './database.ts';
import { logicalHash } from './logical-hash.ts';
import { copyTo } from './parquet.ts';
import { openParquet, storedParquet } from './reading.ts';
import { storedTables } from './star.ts';
import { quoted } from './stored-column.ts';

export interface Merged {
  from: string;
  kind: 'logs' | 'parquet';
  /** Files that are new here. */
  copied: number;
  /** Files that were here already. */
  known: number;
}

/** @throws UserError when a folder has neither logs nor Parquet files of a store, or nothing can be written */
export async function mergeInto(output: string, folders: readonly string[]): Promise<Merged[]> {
  const kinds = folders.map((folder) => [folder, sourceKind(folder, output)] as const);
  const merged: Merged[] = [];
  for (const [from, kind] of kinds) {
    try {
      makeFolder(rawFolder(output));
      if (kind.kind === 'logs') merged.push(copyResults(kind.results, from, output));
      else merged.push(await copyParquet(kind.folder, from, output));
    } catch (error) {
      throw fileError(error, output, 'merging into');
    }
  }
  return merged;
}

type SourceKind = { kind: 'logs'; results: string } | { kind: 'parquet'; folder: string };

function sourceKind(folder: string, output: string): SourceKind {
  if (resolve(folder) === resolve(output)) {
    throw usageError(`${folder} is the folder that the others are merged into`, 'Name the folders of the other hosts.');
  }
  if (existsSync(rawFolder(folder))) return { kind: 'logs', results: folder };
  const parquet = storedParquet(folder);
  if (parquet !== undefined) return { kind: 'parquet', folder: parquet };
  throw missingError(
    `there are neither raw logs nor Parquet files of a store in ${folder}`,
    'Name a folder of results, with raw/ in it, or one that `npx tsx collate/store.ts export --format parquet --to DIR` wrote.',
  );
}

function copyResults(results: string, from: string, output: string): Merged {
  const merged: Merged = { from, kind: 'logs', copied: 0, known: 0 };
  for (const { log, path, refused } of findLogs(results)) {
    // Names of folders and files are data too.
    if (refused === undefined && log.split('/').every(isPlainName)) copyNew(path, rawFolder(output), log, merged);
  }
  for (const name of namesIn(sweepsFolder(results), /\.jsonl$/)) {
    copyNew(join(sweepsFolder(results), name), sweepsFolder(output), name, merged);
  }
  // The name of these is the checksum of the file that was imported: one of the same name is of the same file.
  for (const name of namesIn(foreignFolder(results), /^[0-9a-f]{64}\.(json|raw)$/)) {
    if (existsSync(join(foreignFolder(output), name))) merged.known++;
    else copyNew(join(foreignFolder(results), name), foreignFolder(output), name, merged);
  }
  return merged;
}

function namesIn(folder: string, named: RegExp): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => named.test(name) && isPlainName(name)) : [];
}

/** A file of the same name and other content stays: the new one gets its checksum into its name. */
function copyNew(path: string, folder: string, name: string, merged: Merged): void {
  const target = join(folder, name);
  const crc = fileChecksum(path);
  const other = join(folder, dirname(name), `from-${crc.toString(16)}`, name.split('/').at(-1) ?? name);
  const isKnown = [target, other].some((there) => hasContent(there, statSync(path).size, crc));
  if (isKnown) {
    merged.known++;
    return;
  }
  const free = existsSync(target) ? other : target;
  requireWithin(folder, name.split('/').slice(0, -1));
  makeFolder(dirname(free));
  const next = nextPath(free);
  rmSync(next, { force: true });
  try {
    copyFileSync(path, next);
    renameSync(next, free);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
  merged.copied++;
}

function hasContent(path: string, bytes: number, crc: number): boolean {
  return existsSync(path) && statSync(path).size === bytes && fileChecksum(path) === crc;
}

async function copyParquet(folder: string, from: string, output: string): Promise<Merged> {
  const database = await openParquet(folder, 'any').catch((error: unknown) => {
    throw new UserError(
      `the Parquet files in ${folder} are not those of a store of this version: ${withoutStack(oneLine(error))}`,
      {
        remedy: 'Write them again there with this version, or merge the raw logs.',
        cause: error,
      },
    );
  });
  try {
    const target = join(mergedFolder(output), await logicalHash(database));
    if (existsSync(join(target, 'runs.parquet')))
      return { from, kind: 'parquet', copied: 0, known: storedTables.length };
    // The runs come last: a folder without them is none.
    const tables = storedTables.toSorted((a, b) => Number(a.name === 'runs') - Number(b.name === 'runs'));
    for (const { name } of tables) {
      await copyTo(database, `SELECT * FROM main.${quoted(name)}`, join(target, `${name}.parquet`));
    }
    return { from, kind: 'parquet', copied: tables.length, known: 0 };
  } finally {
    database.close();
  }
}
