/**
 * Where the reference's logits wait for those that are compared with them. Gone when the work ends; where it was killed, when
 * the next one begins.
 */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes, fileError, UserError } from '../../command-line/errors.ts';
import { bytes } from '../../command-line/format.ts';
import { isRunning, processStart } from '../../command-line/running-process.ts';
import type { Scored } from '../../frameworks/framework.ts';
import { type FreeBytes, freeBytesOf } from '../../models/model-cache.ts';

/** Left to others: a full temporary folder stops more than this program. */
const spareBytes = 256e6;

const named = 'tokenlap-reference-';

export class ReferenceFolder implements Disposable {
  readonly path: string;
  readonly #freeBytes: FreeBytes;
  /** A second Ctrl-C ends the process at once, and with it goes the folder. */
  readonly #remove = () => rmSync(this.path, { recursive: true, force: true });

  /** @throws UserError when the system's folder for temporary files cannot be written */
  constructor(freeBytes: FreeBytes = freeBytesOf) {
    this.#freeBytes = freeBytes;
    removeAbandoned();
    const prefix = join(tmpdir(), `${named}${process.pid}-${processStart(process.pid) ?? 'unknown'}-`);
    try {
      this.path = mkdtempSync(prefix);
    } catch (error) {
      throw fileError(error, prefix, 'making the temporary folder');
    }
    process.once('exit', this.#remove);
  }

  file(name: string): string {
    return join(this.path, `${name}.f32`);
  }

  /**
   * @param files of `rows` rows each
   * @throws UserError when they might not fit
   */
  requireSpace(files: number, rows: number, columns: number): void {
    this.requireBytes(
      files * rows * columns * Float32Array.BYTES_PER_ELEMENT,
      "the reference's logits",
      'Ask less with --parity-questions or --max-tokens, or choose another disk with TMPDIR=DIR.',
    );
  }

  /**
   * @param of what they are
   * @throws UserError when they might not fit
   */
  requireBytes(needed: number, of: string, remedy: string): void {
    const free = this.#freeBytes(this.path);
    if (free >= needed + spareBytes) return;
    throw new UserError(`${of} may take ${bytes(needed)} in ${tmpdir()}, and its disk has ${bytes(free)} left`, {
      exitCode: exitCodes.missing,
      remedy,
    });
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}

/**
 * Gigabytes of logits may be left by a process that was killed; its number and its start are in the name. The folder of
 * temporary files is everybody's: what another person left there is that person's, and what cannot be removed stays.
 */
function removeAbandoned(): void {
  for (const name of namesIn(tmpdir())) {
    const [, number, start] = leftBy.exec(name) ?? [];
    if (number === undefined || isAtWork(Number(number), start)) continue;
    const path = join(tmpdir(), name);
    try {
      if (process.getuid === undefined || lstatSync(path).uid === process.getuid())
        rmSync(path, { recursive: true, force: true });
    } catch {
      // Another process was faster, or somebody has taken the rights away.
    }
  }
}

/** None of a folder that may be written and not read. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Folders of earlier versions have no start in their names. */
const leftBy = new RegExp(`^${named}(\\d+)-(?:([0-9a-f]*-\\d+|unknown)-)?[^-]+$`);

function isAtWork(pid: number, start: string | undefined): boolean {
  if (!isRunning(pid)) return false;
  return start === undefined || start === 'unknown' || (processStart(pid) ?? start) === start;
}

// Rows of logits in a file, as an engine's `score` writes them: float32, little-endian, row after row.

const blockBytes = 4e6;

export interface LogitRows extends AsyncDisposable {
  /** Logits of a row: the size of the vocabulary. */
  readonly columns: number;
  /** A row, which is valid until the next one is read. They are read in blocks: small rows cost no call each, large ones little memory. */
  read(row: number): Promise<Float32Array>;
}

/** @throws RangeError when the file is shorter than the engine said */
export async function openLogitRows(path: string, { rows, columns }: Scored): Promise<LogitRows> {
  const file = await open(path);
  const rowBytes = columns * Float32Array.BYTES_PER_ELEMENT;
  const { size } = await file.stat();
  if (size < rows * rowBytes) {
    await file.close();
    throw new RangeError(`${rows} rows of ${columns} logits were promised, and the file has ${size} bytes`);
  }
  const blockRows = Math.max(1, Math.min(rows, Math.floor(blockBytes / rowBytes)));
  const block = new Float32Array(blockRows * columns);
  let first = Number.NEGATIVE_INFINITY;
  return {
    columns,
    async read(row) {
      if (row < first || row >= first + blockRows) {
        await file.read(new Uint8Array(block.buffer), 0, block.byteLength, row * rowBytes);
        first = row;
      }
      return block.subarray((row - first) * columns, (row - first + 1) * columns);
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
