/**
 * A file that says who is at work. It appears with its content or not at all, and the lock of a process that is gone is taken
 * over by exactly one of those who want it, however many try at the same moment.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { isSystemError } from './errors.ts';
import { requireRegularFile } from './files/text-file.ts';
import { isRunning, processStart } from './running-process.ts';

const ownerSchema = z.object({
  pid: z.int(),
  hostname: z.string(),
  /** See processStart; locks of earlier versions have none. */
  start: z.string().nullable().default(null),
  /** The work that its owner does. */
  work: z.string().default(''),
});

export type LockOwner = z.infer<typeof ownerSchema>;

export interface HeldLock {
  /** The one before was left by a process that is gone. */
  readonly takenOver: boolean;
  /** False when somebody has taken it away. */
  isHeld(): boolean;
  /** Leaves it to a new owner, where there is one. */
  release(): void;
}

export interface LockOptions {
  /** Told to whoever finds it. */
  work: string;
  /** Age of a lock of another machine at which its owner is gone; its owner touches it more often. Milliseconds. */
  staleMs?: number;
}

/**
 * @param path in a folder that is there
 * @returns the lock, or who has it
 * @throws the system's own error
 */
export function takeLockFile(path: string, { work, staleMs }: LockOptions): HeldLock | LockOwner {
  const mark = randomUUID();
  const { pid } = process;
  const text = JSON.stringify({ pid, hostname: hostname(), start: processStart(pid), work, mark });
  const own = `${path}-${mark}`;
  let taken: boolean | LockOwner | undefined;
  ours.add(text);
  try {
    writeFileSync(own, text);
    taken = seize(path, path, own, staleMs);
  } finally {
    rmSync(own, { force: true });
    if (typeof taken !== 'boolean') ours.delete(text);
  }
  if (typeof taken !== 'boolean') return taken;
  const isHeld = () => contentOf(path) === text;
  return {
    takenOver: taken,
    isHeld,
    release: () => {
      ours.delete(text);
      if (isHeld()) rmSync(path, { force: true });
    },
  };
}

/** Contents of the locks of this process: a number of our own in another one was that of a process before a restart. */
const ours = new Set<string>();

/** True where the lock was not taken: another process has it. */
export function isOwner(lock: HeldLock | LockOwner): lock is LockOwner {
  return 'pid' in lock;
}

/**
 * Who is gone is followed by whoever links a file of a name that only this lock's content gives: one can, the others find it
 * there. That one looks again, for the lock may have been followed already, and moves its own over it in one step. A follower
 * that dies before the move is followed in the same way.
 * @param target the lock, or the follower of a lock
 * @returns whether it was another's; who has it
 */
function seize(path: string, target: string, own: string, staleMs: number | undefined): boolean | LockOwner {
  for (;;) {
    if (linked(own, target)) return target !== path;
    const found = contentOf(target);
    if (found === undefined) continue;
    if (found === '' && ageMs(target) < writingMs) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
      continue;
    }
    const owner = ownerOf(found);
    if (owner !== undefined && isAtWork(owner, found, target, staleMs)) return owner;
    const follower = `${path}-after-${createHash('sha256').update(found).digest('hex').slice(0, 32)}`;
    const following = seize(path, follower, own, staleMs);
    if (typeof following !== 'boolean') return following;
    if (contentOf(target) === found) {
      renameSync(follower, target);
      return true;
    }
    rmSync(follower, { force: true });
  }
}

/** How long a file without content may be one that is just being written, where there are no links. */
const writingMs = 1000;
const pauseMs = 5;

function isAtWork(owner: LockOwner, content: string, path: string, staleMs: number | undefined): boolean {
  const { pid, start } = owner;
  if (owner.hostname !== hostname()) return staleMs === undefined || ageMs(path) <= staleMs;
  if (pid === process.pid) return ours.has(content);
  const now = processStart(pid);
  return isRunning(pid) && (start === null || now === null || start === now);
}

function ageMs(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs;
}

/** False when there is one already. */
function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'EEXIST') return false;
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') throw error;
    return copied(own, path);
  }
}

/** Where a file system or Android has no links. */
function copied(own: string, path: string): boolean {
  try {
    copyFileSync(own, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined for a file that has just gone. @throws the system's own error; UserError for what is no file */
function contentOf(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    // Nobody of ours left a link, and one that leads nowhere would be there and have no content for ever.
    if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
    requireRegularFile(stat, path);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined for what a process left that was killed while it wrote, before locks appeared whole. */
function ownerOf(content: string): LockOwner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}
