/** DuckDB, loaded when a store is opened: the file, how it is opened, and what its complaints mean. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { exitCodes, fileError, missingError, oneLine, UserError } from '../../scripts/command-line/errors.ts';

export type DuckDb = typeof import('@duckdb/node-api');

export interface Database {
  readonly api: DuckDb;
  readonly connection: DuckDBConnection;
  close(): void;
}

export function storePath(output: string): string {
  return join(output, 'tokenlap.duckdb');
}

/** What DuckDB has not yet put into the file: there after a process was killed. */
export function walPath(path: string): string {
  return `${path}.wal`;
}

export function removeDatabase(path: string): void {
  rmSync(path, { force: true });
  rmSync(walPath(path), { force: true });
}

/** @throws UserError when there is no DuckDB for this machine */
async function duckDb(): Promise<DuckDb> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw missingError(
      `DuckDB cannot be loaded on this machine: ${oneLine(error)}`,
      'Install the packages again with `npm ci`; the CSV files work without it.',
    );
  }
}

/** Nothing is fetched from a network, whatever a query names. */
const offline = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };

/** A database that is all in memory, for queries over Parquet files. */
export async function openInMemory(): Promise<Database> {
  return await open(':memory:', {});
}

/** @throws what DuckDB says */
export async function openForWriting(path: string): Promise<Database> {
  // One checkpoint at the end of a fill, and not one a batch.
  return await open(path, { checkpoint_threshold: '1GB' });
}

/** @throws what DuckDB says */
export async function openForReading(path: string): Promise<Database> {
  return await open(path, { access_mode: 'READ_ONLY' });
}

/** From here on, no statement reads or writes a file that the database does not know. */
export async function restrict({ connection }: Database): Promise<void> {
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

async function open(path: string, options: Record<string, string>): Promise<Database> {
  const api = await duckDb();
  const instance = await api.DuckDBInstance.create(path, { ...offline, ...options });
  try {
    const connection = await instance.connect();
    const close = () => {
      connection.closeSync();
      instance.closeSync();
    };
    return { api, connection, close };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

const fullDisk = /no space left|disk is full|could not write all bytes|not enough (disk )?space|out of disk/i;
const otherProcess = /could not set lock|conflicting lock|used by another process/i;

export function isFullDisk(error: unknown): boolean {
  return fullDisk.test(oneLine(error));
}

export function isInUse(error: unknown): boolean {
  return otherProcess.test(oneLine(error));
}

/** Whether nothing but the file itself can be the reason. A TypeError is a fault of ours. */
export function isDamage(error: unknown): boolean {
  return !(error instanceof UserError || error instanceof TypeError) && !isFullDisk(error) && !isInUse(error);
}

/** A line for people, with the next step. */
export function databaseError(error: unknown, path: string, doing: string): Error {
  if (error instanceof UserError || error instanceof TypeError) return error;
  if (isFullDisk(error)) {
    return fileError(Object.assign(new Error('no space left'), { code: 'ENOSPC', syscall: 'write' }), path, 'writing');
  }
  if (isInUse(error)) {
    const [, pid] = /PID (\d+)/.exec(oneLine(error)) ?? [];
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    return new UserError(`${path} is in use by ${who}`, {
      remedy: 'Wait until it is done, then try again.',
      cause: error,
    });
  }
  return new UserError(`${doing} ${path} failed: ${withoutStack(oneLine(error))}`, {
    cause: error,
    exitCode: exitCodes.failed,
  });
}

/** DuckDB adds a trace to what it takes for its own fault. */
export function withoutStack(message: string): string {
  return message.replace(/\s*(Stack Trace:|This error signals).*$/, '');
}
