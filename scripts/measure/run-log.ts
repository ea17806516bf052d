/** Writes a raw run log: append-only, a whole answer per write, never over an existing file. */
import { accessSync, closeSync, constants, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, UserError } from '../command-line/errors.ts';
import { makeFolder } from '../command-line/folders.ts';
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
    makeFolder(output);
    accessSync(output, constants.W_OK);
  });
}

/** @throws UserError when the folder cannot be made or the disk is full */
export function createRunLog(output: string, header: Header): RunLog {
  const folder = join(output, 'raw', header.framework.name);
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
  let wholeBytes = 0;
  const log: RunLog = {
    path,
    write(...records) {
      const lines = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
      writing(path, () => writeWhole(descriptor, lines, wholeBytes));
      wholeBytes += lines.length;
    },
    close: () => closeSync(descriptor),
  };
  try {
    log.write(header);
  } catch (error) {
    // What is empty is no log, and would be in the way of another try.
    log.close();
    rmSync(path, { force: true });
    throw error;
  }
  return log;
}

/** A full disk may take a part of a write only: then that part is taken back, so that the log ends with a whole line. */
function writeWhole(descriptor: number, bytes: Buffer, wholeBytes: number): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
  } catch (error) {
    ftruncateSync(descriptor, wholeBytes);
    throw error;
  }
}

function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UserError ? error : fileError(error, path, 'writing');
  }
}
