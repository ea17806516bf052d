/**
 * Files that appear whole or not at all. However many processes ask for a file at the same time, one holds a lock beside it and
 * makes it under another name; the others wait.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileError, isSystemError, UserError, usageError } from '../command-line/errors.ts';
import { type HeldLock, isOwner, takeLockFile } from '../command-line/lock-file.ts';
import { cacheError, makeFolderOf, requireSpace } from './model-cache.ts';

const pollMs = 250;
const heartbeatMs = 5_000;
/** Age at which the lock of another machine counts as abandoned: its owner touches it more often. */
const staleMs = 60_000;

/**
 * @param isReady whether the file is there and the right one: asked before and after waiting
 * @param make writes to the path it is given; the file is then moved to `target`
 * @param onWait called once if another process holds the lock
 */
export async function makeOnce(
  target: string,
  isReady: () => Promise<boolean>,
  make: (temporary: string) => Promise<void>,
  onWait: () => void = () => {},
): Promise<void> {
  if (await isReady()) return;
  await withLock(
    target,
    async () => {
      if (await isReady()) return;
      await removeLeftovers(target);
      const temporary = `${target}.${process.pid}-${randomUUID().slice(0, 8)}.writing`;
      try {
        await make(temporary);
        await rename(temporary, target);
      } catch (error) {
        await rm(temporary, { force: true });
        throw cacheError(error, target, 'Writing');
      }
    },
    onWait,
  );
}

/** Runs `work` while no other process runs it for the same target. */
export async function withLock<T>(target: string, work: () => Promise<T>, onWait: () => void = () => {}): Promise<T> {
  const path = `${target}.lock`;
  makeFolderOf(path);
  let lock = take(path, target);
  for (let waited = false; lock === undefined; waited = true) {
    if (!waited) onWait();
    await delay(pollMs);
    lock = take(path, target);
  }
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    lock.release();
  }
}

/** Undefined while another process holds it. */
function take(path: string, target: string): HeldLock | undefined {
  try {
    const taken = takeLockFile(path, { work: basename(target), staleMs });
    return isOwner(taken) ? undefined : taken;
  } catch (error) {
    throw cacheError(error, path, 'Locking');
  }
}

/** Removes the files of processes that were killed while they wrote; the lock guarantees that none of them is running. */
async function removeLeftovers(target: string): Promise<void> {
  const folder = dirname(target);
  const prefix = `${basename(target)}.`;
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix) && name.endsWith('.writing')) await rm(join(folder, name), { force: true });
  }
}

/** Replaces a small file in one step, so that a reader never sees half of it. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomUUID().slice(0, 8)}.writing`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** How the user names another place; for messages. */
const outputOption = '--output FILE';

/** @throws UserError when the file exists and must not be replaced */
export function requireFree(path: string, replace: boolean, option = outputOption): void {
  if (replace || !existsSync(path)) return;
  throw usageError(`${path} already exists`, `Name another file with ${option}, or add --force to replace it.`);
}

/**
 * @param neededBytes room that must be on the disk
 * @param make writes to the path it is given; the file is then moved to its place
 */
export async function writeOutput(
  path: string,
  neededBytes: number,
  make: (temporary: string) => Promise<void>,
  option = outputOption,
): Promise<void> {
  try {
    makeFolderOf(resolve(path));
    requireSpace(resolve(path), neededBytes);
    await makeOnce(resolve(path), async () => false, make);
  } catch (error) {
    throw withOutputRemedy(error, path, option);
  }
}

/** Replaces advice about the model cache by advice about the option. */
function withOutputRemedy(error: unknown, path: string, option: string): unknown {
  if (!(error instanceof UserError)) return error;
  const said = isSystemError(error.cause) ? fileError(error.cause, path, 'Writing') : error;
  const remedy = said.remedy
    ?.replace(
      'choose another disk with TOKENLAP_CACHE=DIR, or a smaller --size or --quantize',
      `or name a file on another disk with ${option}`,
    )
    .replace('another folder with --output DIR', `another place with ${option}`);
  return new UserError(said.message, {
    cause: error.cause,
    exitCode: said.exitCode,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
