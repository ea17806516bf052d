/** One sweep at a time in one folder of results: two would run the same cells. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileError, UserError } from '../../command-line/errors.ts';
import { makeFolder } from '../../command-line/folders.ts';
import { type HeldLock, isOwner, type LockOwner, takeLockFile } from '../../command-line/lock-file.ts';
import { sweepsFolder } from '../../log/not-run-file.ts';

export interface SweepLock extends Disposable {
  /** @throws UserError when somebody has taken it away */
  requireHeld(): void;
}

/** @throws UserError while another sweep is at work there */
export function takeSweepLock(output: string, sweep: string): SweepLock {
  const folder = sweepsFolder(output);
  const path = join(folder, '.lock');
  let taken: HeldLock | LockOwner;
  try {
    makeFolder(folder);
    taken = takeLockFile(path, { work: sweep });
  } catch (error) {
    throw fileError(error, path, 'locking');
  }
  if (isOwner(taken)) throw atWork(taken, path);
  const lock = taken;
  return {
    requireHeld: () => {
      if (lock.isHeld()) return;
      throw new UserError(`another sweep has taken over ${output}`, {
        remedy: 'Let it end, then start this one again.',
      });
    },
    [Symbol.dispose]: () => lock.release(),
  };
}

function atWork({ pid, hostname: host, work }: LockOwner, path: string): UserError {
  const here = host === hostname();
  return new UserError(
    here
      ? `the sweep ${work} is at work in this folder (process ${pid})`
      : `the sweep ${work} is at work in this folder, started on ${host}`,
    { remedy: here ? 'Wait for it, or choose another folder with --output DIR.' : `If it is gone, remove ${path}.` },
  );
}
