/** The folder of models on this machine, and whether there is room for another model. */
import { statfsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileError, missingError, UserError } from '../command-line/errors.ts';
import { makeFolder } from '../command-line/files/folders.ts';
import { bytes } from '../command-line/format.ts';

/** @returns absolute path of the folder for models; it may not exist yet */
export function modelCacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  return join(cacheFolder(environment, platform), 'models');
}

/** TOKENLAP_CACHE, or the place that the system has for caches. */
export function cacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = environment.TOKENLAP_CACHE;
  if (chosen !== undefined && chosen !== '') return chosen;
  const xdg = environment.XDG_CACHE_HOME;
  if (xdg !== undefined && xdg !== '') return join(xdg, 'tokenlap');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'tokenlap');
  if (platform === 'win32') {
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'tokenlap', 'Cache');
  }
  return join(homedir(), '.cache', 'tokenlap');
}

/** @throws UserError when the folder cannot be made */
export function makeFolderOf(file: string): void {
  try {
    makeFolder(dirname(file));
  } catch (error) {
    throw cacheError(error, dirname(file), 'Making the folder');
  }
}

export type FreeBytes = (folder: string) => number;

export const freeBytesOf: FreeBytes = (folder) => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

const spareBytes = 64e6;

/**
 * @param smaller what else would help, for the remedy
 * @throws UserError when the disk under `file` has less room than the file needs
 */
export function requireSpace(
  file: string,
  neededBytes: number,
  freeBytes: FreeBytes = freeBytesOf,
  smaller = ', or a smaller --size or --quantize',
): void {
  const free = freeBytes(dirname(file));
  if (free >= neededBytes + spareBytes) return;
  throw missingError(
    `${file} needs ${bytes(neededBytes)}, and its disk has ${bytes(free)} left`,
    `Free some space, choose another disk with TOKENLAP_CACHE=DIR${smaller}.`,
  );
}

/** Like fileError, with the remedy for the cache. */
export function cacheError(error: unknown, path: string, doing: string): UserError {
  if (error instanceof UserError) return error;
  const said = fileError(error, path, doing);
  const remedy = said.remedy?.replace('--output DIR', 'TOKENLAP_CACHE=DIR');
  return new UserError(said.message, {
    cause: error,
    exitCode: said.exitCode,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
