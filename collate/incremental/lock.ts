/** One collation at a time in one folder: two would append into each other's tables. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileError, UserError } from '../../scripts/command-line/errors.ts';
import { type HeldLock, isOwner, type LockOwner, takeLockFile } from '../../scripts/command-line/lock-file.ts';

export interface Lock extends Disposable {
  /** The collation before this one was killed: tables may have half a batch of rows at their end. */
  readonly interrupted: boolean;
}

/** @throws UserError while another collation is at work there */
export function takeLock(output: string): Lock {
  const path = join(output, '.collate.lock');
  let taken: HeldLock | LockOwner;
  try {
    taken = takeLockFile(path, { work: 'collation' });
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
  if (isOwner(taken)) throw atWork(taken, path);
  const lock = taken;
  return { interrupted: lock.takenOver, [Symbol.dispose]: () => lock.release() };
}

function atWork({ pid, hostname: host }: LockOwner, path: string): UserError {
  if (host !== hostname()) {
    return new UserError(`${path} says that ${host} is collating into this folder`, {
      remedy: 'Wait for it; if it is not so, delete that file and try again.',
    });
  }
  return new UserError(`another collation is at work in this folder (process ${pid})`, {
    remedy: `Wait for it; if there is none, delete ${path} and try again.`,
  });
}
