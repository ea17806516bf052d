/** One collation at a time in one folder: two would append into each other's tables. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, isSystemError, UserError } from '../../scripts/command-line/errors.ts';
import { isRunning } from '../../scripts/command-line/running-process.ts';

const lockSchema = z.object({ pid: z.int(), hostname: z.string() });

export interface Lock extends Disposable {
  /** The collation before this one was killed: tables may have half a batch of rows at their end. */
  readonly interrupted: boolean;
}

export function takeLock(output: string): Lock {
  const path = join(output, '.collate.lock');
  const interrupted = !create(path);
  if (interrupted) {
    refuseIfAlive(path);
    rmSync(path, { force: true });
    create(path);
  }
  return {
    interrupted,
    [Symbol.dispose]: () => {
      rmSync(path, { force: true });
    },
  };
}

/** False when there is one already. */
function create(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, JSON.stringify({ pid: process.pid, hostname: hostname() }));
    closeSync(file);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    throw fileError(error, path, 'writing');
  }
}

function refuseIfAlive(path: string): void {
  const holder = readHolder(path);
  if (holder === null) return;
  if (holder.hostname !== hostname()) {
    throw new UserError(`${path} says that ${holder.hostname} is collating into this folder`, {
      remedy: 'Wait for it; if it is not so, delete that file and try again.',
    });
  }
  if (holder.pid === process.pid || !isRunning(holder.pid)) return;
  throw new UserError(`another collation is at work in this folder (process ${holder.pid})`, {
    remedy: `Wait for it; if there is none, delete ${path} and try again.`,
  });
}

function readHolder(path: string): z.infer<typeof lockSchema> | null {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Killed between creating and writing it.
    return null;
  }
}
