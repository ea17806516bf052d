/** Writes a raw run log: append-only, a whole answer per write, never over an existing file. */
import { accessSync, closeSync, constants, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { exitCodes, fileError, UserError } from '../command-line/errors.ts';
import { type Header, type RunRecord, runLogFileName } from './run-log-format.ts';

export interface RunLog {
  readonly path: string;
  /** Everything in one write, so that an answer is in the file whole or not at all. */
  write(...records: RunRecord[]): void;
  close(): void;
}

/** Checked before anything long begins. @throws UserError when results could not be written to the folder */
export function requireWritable(output: string): void {
  writing(output, () => {
    makeFolder(resolve(output));
    accessSync(output, constants.W_OK);
  });
}

/** Not recursive `mkdir` from the root on: below a folder like /proc Node's own would never return. */
function makeFolder(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there !== undefined) {
    throw new UserError(`${path} is a file, not a folder`, {
      exitCode: exitCodes.usage,
      remedy: 'Choose another folder with --output DIR.',
    });
  }
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** @throws UserError when the folder cannot be made or the disk is full */
export function createRunLog(output: string, header: Header): RunLog {
  const folder = join(resolve(output), 'raw', header.framework.name);
  const path = join(
    folder,
    runLogFileName({
      hostname: header.host.hostname,
      size: header.model.size,
      quantize: header.model.quantization.got,
      seed: header.seed,
      uuid: header.uuid,
    }),
  );
  const descriptor = writing(path, () => {
    makeFolder(folder);
    return openSync(path, 'ax');
  });
  const log: RunLog = {
    path,
    write(...records) {
      const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
      writing(path, () => writeWhole(descriptor, Buffer.from(lines)));
    },
    close: () => closeSync(descriptor),
  };
  log.write(header);
  return log;
}

/** A full disk may take a part of a write only. */
function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UserError ? error : fileError(error, path, 'writing');
  }
}
