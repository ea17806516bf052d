/** Reads a file as a model is read: from the disk, and from the cache of the system. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../../command-line/errors.ts';
import { makeFolder } from '../../command-line/files/folders.ts';
import type { Measured } from '../../log/hardware/hardware-log-format.ts';
import { sampled } from './timing.ts';

const fileBytes = 128 * 2 ** 20;
const pieceBytes = 4 * 2 ** 20;
const reads = 3;

/**
 * @param folder folder on the disk to measure; the file in it is removed afterwards
 * @throws a system error when the folder cannot be written
 */
export function diskRead(folder: string): { measured: Measured[]; notMeasured: string | null } {
  makeFolder(folder);
  const path = join(folder, `hardware-benchmark-${process.pid}.tmp`);
  // A memory of WebAssembly is aligned to a page, as reads that bypass the cache require.
  const piece = new Uint8Array(
    new WebAssembly.Memory({ initial: pieceBytes / 65_536, maximum: pieceBytes / 65_536, shared: true }).buffer,
  );
  const of = { device: 'cpu', threads: 1, workingSetBytes: fileBytes, unit: 'B/s' } as const;
  try {
    writeFile(path, piece);
    const direct = directReads(path, piece);
    return {
      measured: [
        ...(direct === null
          ? []
          : [{ ...of, quantity: 'disk_read' as const, method: 'O_DIRECT, pieces of 4 MiB', ...direct }]),
        {
          ...of,
          quantity: 'cached_file_read',
          method: 'read, pieces of 4 MiB',
          ...timed(path, constants.O_RDONLY, piece),
        },
      ],
      notMeasured: direct === null ? 'this file system does not support reads that bypass the cache (O_DIRECT)' : null,
    };
  } finally {
    rmSync(path, { force: true });
  }
}

/** Writes random bytes, which a file system can neither skip nor compress. */
function writeFile(path: string, piece: Uint8Array): void {
  const file = openSync(path, 'wx');
  try {
    piece.set(randomBytes(pieceBytes));
    for (let done = 0; done < fileBytes; done += pieceBytes) writeSync(file, piece, 0, pieceBytes, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Null when the system or the file system does not support O_DIRECT. */
function directReads(path: string, piece: Uint8Array) {
  if (constants.O_DIRECT === undefined) return null;
  try {
    return timed(path, constants.O_RDONLY | constants.O_DIRECT, piece);
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

function timed(path: string, flags: number, piece: Uint8Array) {
  const rates = Array.from({ length: reads }, () => {
    const file = openSync(path, flags);
    try {
      const start = process.hrtime.bigint();
      for (let done = 0; done < fileBytes; done += pieceBytes) readSync(file, piece, 0, pieceBytes, done);
      return (fileBytes / Number(process.hrtime.bigint() - start)) * 1e9;
    } finally {
      closeSync(file);
    }
  });
  return sampled(rates);
}
