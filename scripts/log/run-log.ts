/** Writes a raw run log: append-only, a whole answer per write, never over an existing file. */
import { accessSync, closeSync, constants, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fileError, UserError } from '../command-line/errors.ts';
import { fileNamePart, makeFolder } from '../command-line/files/folders.ts';
import type { Header, RunRecord } from './run-log-format.ts';

export interface RunLog {
  readonly path: string;
  /** Everything in one write, so that an answer is in the file whole or not at all. The closing line gets its checksum. */
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
  let crc = 0;
  const log: RunLog = {
    path,
    write(...records) {
      const closing = records.findIndex(({ type }) => type === 'end');
      const lines = linesOf(closing === -1 ? records : records.slice(0, closing));
      const crcAfter = crc32(lines, crc);
      const ends = closing === -1 ? [] : records.slice(closing).map((record) => ({ ...record, crc32: crcAfter }));
      const bytes = Buffer.from(lines + linesOf(ends));
      writing(path, () => writeWhole(descriptor, bytes, wholeBytes));
      crc = crcAfter;
      wholeBytes += bytes.length;
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

function linesOf(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
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

/**
 * The records of a run, in memory and in its log. Some come by themselves, from timers and from the engine: so writing them never
 * throws. A log that cannot be written any more, on a full disk most often, ends the run; what is in it stays whole.
 */
export class KeptRecords {
  /** All of them, written or not. */
  readonly all: RunRecord[] = [];
  /** Called once, when the log cannot be written. */
  onFault: () => void = () => {};
  #log: RunLog | undefined;
  #unwritten: RunRecord[] = [];
  #fault: unknown;

  /** Why the log could not be written. */
  get fault(): unknown {
    return this.#fault;
  }

  /** Empty before it is opened. */
  get logPath(): string {
    return this.#log?.path ?? '';
  }

  /** The header, then what came before it. @throws UserError when there can be no log */
  open(output: string, header: Header): void {
    const before = this.all.splice(0);
    this.#log = createRunLog(output, header);
    this.all.push(header);
    this.write(...before);
  }

  /** What could not be written is tried again with what comes next. */
  readonly write = (...records: RunRecord[]): void => {
    this.all.push(...records);
    if (this.#log === undefined) return;
    this.#unwritten.push(...records);
    try {
      this.#log.write(...this.#unwritten);
      this.#unwritten = [];
    } catch (error) {
      const isFirst = this.#fault === undefined;
      this.#fault ??= error;
      if (isFirst) this.onFault();
    }
  };

  /** @throws whatever kept the log from being written */
  requireWritten(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  close(): void {
    this.#log?.close();
  }
}

/** `<hostname>_<size>_<quantize>_seed<seed>_uuid<uuid>.txt`, with nothing in it that a file system dislikes. */
function runLogFileName(run: { hostname: string; size: string; quantize: string; seed: number; uuid: string }): string {
  const [hostname, size, quantize] = [run.hostname, run.size, run.quantize].map(fileNamePart);
  return `${hostname}_${size}_${quantize}_seed${run.seed}_uuid${run.uuid}.txt`;
}
