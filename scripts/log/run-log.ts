/** Writes a raw run log: append-only, a whole answer per write, never over an existing file. */
import { accessSync, closeSync, constants, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { exitCodes, fileError, UserError } from '../command-line/errors.ts';
import { makeFolder } from '../command-line/files/folders.ts';
import { faultsOf } from './invariants/run-faults.ts';
import {
  type Checkpoint,
  type CheckpointName,
  type EndRecord,
  type Header,
  type RunRecord,
  runLogFileName,
} from './run-log-format.ts';

/** How a run ends that says something impossible: as failed, whatever it thought of itself. */
interface RunEnd {
  closing: EndRecord;
  exitCode: number;
}

const namedFaults = 3;

/** @param records all before the closing line */
export function checkedEnd(records: readonly RunRecord[], { closing, exitCode }: RunEnd): RunEnd {
  const faults = faultsOf([...records, closing]);
  if (closing.status !== 'completed' || faults.length === 0) return { closing, exitCode };
  const [named, rest] = [faults.slice(0, namedFaults), faults.length - namedFaults];
  const error = {
    message: `the log says what cannot be: ${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`,
    remedy: 'No figure of this run can be believed. Measure again, and report it with the log if it comes back.',
  };
  return { closing: { ...closing, status: 'failed', error }, exitCode: exitCodes.failed };
}

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

/** The checkpoints of a run, each handed on the moment it is set, and the spans between them. */
export class TimeLog {
  readonly #now: () => number;
  readonly #onCheckpoint: (checkpoint: Checkpoint) => void;
  readonly #onEnd = new Map<CheckpointName, () => void>();

  /**
   * @param now nanoseconds since the run's origin
   * @param onCheckpoint where they are written; between two answers, never between two tokens
   */
  constructor(now: () => number, onCheckpoint: (checkpoint: Checkpoint) => void) {
    this.#now = now;
    this.#onCheckpoint = onCheckpoint;
  }

  /** Nanoseconds since the run's origin. */
  now(): number {
    return this.#now();
  }

  /** Sets a checkpoint now. */
  mark(name: CheckpointName, edge: Checkpoint['edge'], label?: string): void {
    this.add({ type: 'checkpoint', name, edge, atNs: this.#now(), ...(label === undefined ? {} : { label }) });
  }

  /** Takes over a checkpoint that was stamped elsewhere, in the engine. */
  add(checkpoint: Checkpoint): void {
    this.#onCheckpoint(checkpoint);
    if (checkpoint.edge === 'end') this.#onEnd.get(checkpoint.name)?.();
  }

  /** Calls at the end of every span of this name, before anything else is done. */
  onEnd(name: CheckpointName, call: () => void): void {
    this.#onEnd.set(name, call);
  }

  async span<T>(name: CheckpointName, work: () => Promise<T>, label?: string): Promise<T> {
    this.mark(name, 'start', label);
    const result = await work();
    this.mark(name, 'end', label);
    return result;
  }
}

/** Milliseconds of all spans of a name together; null when none took place or one did not end. */
export function spanMs(checkpoints: readonly Checkpoint[], name: CheckpointName): number | null {
  const edges = checkpoints.filter((checkpoint) => checkpoint.name === name);
  const starts = edges.filter(({ edge }) => edge === 'start').length;
  if (starts === 0 || edges.length !== 2 * starts) return null;
  return edges.reduce((sum, { edge, atNs }) => sum + (edge === 'end' ? atNs : -atNs), 0) / 1e6;
}
