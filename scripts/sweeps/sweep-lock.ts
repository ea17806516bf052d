/** One sweep at a time in one folder of results: two would run the same cells. A lock whose owner is gone is taken over. */
import { randomUUID } from 'node:crypto';
import { constants, copyFileSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, isSystemError, UserError } from '../command-line/errors.ts';
import { makeFolder } from '../command-line/folders.ts';
import { isRunning } from '../command-line/running-process.ts';
import { sweepsFolder } from './not-run-file.ts';

const ownerSchema = z.object({ pid: z.int(), hostname: z.string(), sweep: z.string(), mark: z.string() });

export interface SweepLock extends Disposable {
  /** @throws UserError when somebody has taken it away */
  requireHeld(): void;
}

/** @throws UserError while another sweep is at work there */
export function takeSweepLock(output: string, sweep: string): SweepLock {
  const folder = sweepsFolder(output);
  const path = join(folder, '.lock');
  const mark = randomUUID();
  const text = JSON.stringify({ pid: process.pid, hostname: hostname(), sweep, mark });
  const own = join(folder, `.lock-${mark}`);
  try {
    makeFolder(folder);
    // A link appears with its content or not at all; a file that is opened and then written could be found empty.
    writeFileSync(own, text);
    try {
      if (!linked(own, path)) {
        const found = contentOf(path);
        refuseIfAlive(found, path);
        if (contentOf(path) === found) rmSync(path, { force: true });
        if (!linked(own, path)) refuseIfAlive(contentOf(path), path);
      }
    } finally {
      rmSync(own, { force: true });
    }
  } catch (error) {
    throw fileError(error, path, 'locking');
  }
  const requireHeld = () => {
    if (contentOf(path) === text) return;
    throw new UserError(`another sweep has taken over ${output}`, { remedy: 'Let it end, then start this one again.' });
  };
  requireHeld();
  return {
    requireHeld,
    [Symbol.dispose]: () => {
      if (contentOf(path) === text) rmSync(path, { force: true });
    },
  };
}

/** False when there is one already. */
function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
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

/** Empty for a file that has just gone. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function refuseIfAlive(content: string, path: string): void {
  const owner = ownerSchema.safeParse(parsed(content));
  if (!owner.success) return;
  const { pid, sweep } = owner.data;
  const here = owner.data.hostname === hostname();
  // A number of our own was another process's, before a restart that began counting anew.
  if (here && (pid === process.pid || !isRunning(pid))) return;
  throw new UserError(
    here
      ? `the sweep ${sweep} is at work in this folder (process ${pid})`
      : `the sweep ${sweep} is at work in this folder, started on ${owner.data.hostname}`,
    { remedy: here ? 'Wait for it, or choose another folder with --output DIR.' : `If it is gone, remove ${path}.` },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
