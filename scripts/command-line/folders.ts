/** Folders that results and models are written into. */
import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { exitCodes, isSystemError, UserError } from './errors.ts';

/**
 * Makes a folder and those above it. Node's own recursive `mkdir` never returns below a folder like /proc, which reports
 * new entries as missing instead of forbidden.
 * @throws UserError when a file is in the way; the system's own error otherwise
 */
export function makeFolder(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there !== undefined) {
    throw new UserError(`${path} is a file, not a folder`, {
      exitCode: exitCodes.usage,
      remedy: 'Choose another folder with --output DIR.',
    });
  }
  makeFolder(dirname(resolve(path)));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have been faster.
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
  }
}

/**
 * A folder of results may come from somebody else: where a part of it is a link to another place, nothing is written
 * there.
 * @param folder the one that everything must stay in
 * @param parts names of folders and files below it, whether they are there or not
 * @throws UserError naming the first that leads out
 */
export function requireWithin(folder: string, parts: readonly string[]): void {
  for (const part of parts) {
    const path = join(folder, part);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true || isBelow(path, folder)) continue;
    throw new UserError(`${path} is a link that leads out of ${folder}: nothing is written through it`, {
      remedy: 'Remove the link, or choose another folder with --output DIR.',
    });
  }
}

function isBelow(path: string, folder: string): boolean {
  try {
    return realpathSync(path).startsWith(`${realpathSync(folder)}${sep}`);
  } catch {
    return false;
  }
}
