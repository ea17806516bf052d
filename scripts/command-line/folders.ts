/** Folders that results and models are written into. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
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
