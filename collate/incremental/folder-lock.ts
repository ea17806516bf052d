/** One writer at a time in a folder of results: a file that says who is at work. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileError, UserError } from '../../scripts/command-line/errors.ts';
import { type HeldLock, isOwner, type LockOwner, takeLockFile } from '../../scripts/command-line/lock-file.ts';

export interface FolderLock extends Disposable {
  /** The work before this one was killed, and may have left half of it. */
  readonly interrupted: boolean;
}

/**
 * @param file name of the lock in the folder
 * @param work what is done under it: `collation`
 * @throws UserError, which names who has it
 */
export function takeFolderLock(output: string, file: string, work: string): FolderLock {
  const path = join(output, file);
  let taken: HeldLock | LockOwner;
  try {
    taken = takeLockFile(path, { work });
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
  if (isOwner(taken)) throw atWork(taken, path, work);
  const lock = taken;
  return { interrupted: lock.takenOver, [Symbol.dispose]: () => lock.release() };
}

function atWork({ pid, hostname: host }: LockOwner, path: string, work: string): UserError {
  if (host !== hostname()) {
    return new UserError(`${path} says that another ${work} is at work in this folder, on ${host} (process ${pid})`, {
      remedy: 'Wait for it; if it is not so, delete that file and try again.',
    });
  }
  return new UserError(`another ${work} is at work in this folder (process ${pid})`, {
    remedy: `Wait for it; if there is none, delete ${path} and try again.`,
  });
}
