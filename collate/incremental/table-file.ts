/**
 * A table that grows. Rows are appended behind the bytes the ledger knows of; where rows have to go, or the table is
 * new or a link, everything is written to `.<name>.next` beside it and renamed after the ledger has been saved.
 */
import { closeSync, lstatSync, openSync, readSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { UserError } from '../../scripts/command-line/errors.ts';
import { nextPath } from '../../scripts/command-line/whole-file.ts';
import { rebuildRemedy } from '../tables/read.ts';
import type { TableState } from './ledger.ts';

const bufferBytes = 1 << 20;

export interface ByteRange {
  start: number;
  bytes: number;
}

/** Symbolic or hard: what is written into such a file is written somewhere else too. */
export function isLinked(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.isSymbolicLink() || (stats.isFile() && stats.nlink > 1));
}

export class TableFile {
  readonly table: string;
  /** True when it has to be renamed into place. */
  readonly replaces: boolean;
  readonly #path: string;
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #filled = 0;
  #written: number;
  #crc: number;
  #open = true;

  private constructor(table: string, path: string, file: number, replaces: boolean, written: number, crc: number) {
    this.table = table;
    this.replaces = replaces;
    this.#path = path;
    this.#file = file;
    this.#written = written;
    this.#crc = crc;
  }

  static append(output: string, table: string, state: TableState): TableFile {
    const path = join(output, table);
    return new TableFile(table, path, openSync(path, 'r+'), false, state.bytes, state.crc);
  }

  /** A new table, with its header and the given parts of the old one. */
  static replace(output: string, table: string, header: string, keep: readonly ByteRange[]): TableFile {
    const path = nextPath(join(output, table));
    rmSync(path, { force: true });
    const file = new TableFile(table, path, openSync(path, 'wx'), true, 0, 0);
    file.write(header);
    if (keep.length > 0) file.#copy(join(output, table), keep);
    return file;
  }

  /** Position behind the last row. */
  get position(): number {
    return this.#written + this.#filled;
  }

  write(text: string): void {
    // A UTF-16 unit takes at most three bytes.
    const mostBytes = text.length * 3;
    if (mostBytes > bufferBytes - this.#filled) this.#flush();
    if (mostBytes > bufferBytes) this.#out(Buffer.from(text));
    else this.#filled += this.#buffer.write(text, this.#filled);
  }

  finish(): TableState {
    this.#flush();
    this.#close();
    return { bytes: this.#written, mtimeMs: statSync(this.#path).mtimeMs, crc: this.#crc };
  }

  /** Takes back what was written since it was opened, finished or not. */
  abandon(state: TableState | undefined): void {
    if (!this.replaces && state !== undefined) cut(this.#path, state.bytes);
    this.#close();
    if (this.replaces) rmSync(this.#path, { force: true });
  }

  #close(): void {
    if (this.#open) closeSync(this.#file);
    this.#open = false;
  }

  #flush(): void {
    this.#out(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #out(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done, this.#written + done);
    }
    this.#crc = crc32(bytes, this.#crc);
    this.#written += bytes.length;
  }

  #copy(from: string, ranges: readonly ByteRange[]): void {
    this.#flush();
    const source = openSync(from, 'r');
    try {
      for (const { start, bytes } of ranges) {
        for (let done = 0; done < bytes; ) {
          const read = readSync(source, this.#buffer, 0, Math.min(bufferBytes, bytes - done), start + done);
          if (read === 0) throw new Error(`${from} ended while its rows were being copied`);
          this.#out(this.#buffer.subarray(0, read));
          done += read;
          if (done === bytes && this.#buffer[read - 1] !== 0x0a) throw noRow(from, start + bytes);
        }
      }
    } finally {
      closeSync(source);
    }
  }
}

function noRow(path: string, at: number): UserError {
  return new UserError(`no row of ${path} ends at byte ${at}, as the ledger has it`, {
    remedy: rebuildRemedy(dirname(path)),
  });
}

/** Cuts a table off behind so many bytes. A link is left as it is: its bytes belong to another file. */
export function cut(path: string, bytes: number): void {
  if (!isLinked(path)) truncateSync(path, bytes);
}
