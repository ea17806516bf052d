/**
 * Whether a file can be opened is tried in a process of its own: what a killed process left behind is put right while it is opened,
 * and a file that is damaged enough ends the process that does so.
 */
import { spawn } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { isFullDisk, isInUse, storePath, walPath, withoutStack } from './database.ts';

export type Trial =
  | { kind: 'opens' }
  /** Nothing is wrong with the file: the disk is full, or another process has it. */
  | { kind: 'hindered'; error: Error }
  | { kind: 'damaged'; reason: string };

const trial = `
  const { writeSync } = await import('node:fs');
  const [, module, path, mode] = process.argv;
  try {
    const { default: { DuckDBInstance } } = await import(module);
    const instance = await DuckDBInstance.create(path, { access_mode: mode });
    const connection = await instance.connect();
    if (mode !== 'READ_ONLY') await connection.run('CHECKPOINT');
    await connection.run('SELECT count(*) FROM duckdb_tables()');
    connection.closeSync();
    instance.closeSync();
  } catch (error) {
    writeSync(1, error.message);
    process.exitCode = 1;
  }
`;

const longestTrialMs = 60_000;

/** @param mode READ_ONLY leaves the file as it is */
export async function tryOpening(path: string, mode: 'READ_WRITE' | 'READ_ONLY'): Promise<Trial> {
  const module = import.meta.resolve('@duckdb/node-api');
  const child = spawn(process.execPath, ['--input-type=module', '--eval', trial, module, path, mode], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: longestTrialMs,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject).on('close', (...ended) => resolve(ended));
  });
  if (code === 0) return { kind: 'opens' };
  if (isFullDisk(said) || isInUse(said)) return { kind: 'hindered', error: new Error(said) };
  if (said !== '') return { kind: 'damaged', reason: withoutStack(said.replaceAll(/\s+/g, ' ')).slice(0, 300) };
  return { kind: 'damaged', reason: `the process that opened it ended with ${signal ?? `code ${code}`}` };
}

/** Moves a damaged store out of the way, in place of one that was moved before. @returns where it lies now */
export function setAside(output: string): string {
  const path = storePath(output);
  const aside = `${path}.damaged`;
  rmSync(aside, { force: true, recursive: true });
  renameSync(path, aside);
  // It belongs to that file: a new one must not take it for its own.
  rmSync(walPath(aside), { force: true });
  if (existsSync(walPath(path))) renameSync(walPath(path), walPath(aside));
  return aside;
}
