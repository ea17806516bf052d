/**
 * Where files of results and models are written: names from outside that become parts of paths, folders that nothing leads out
 * of, and small files that are written whole.
 */
import { lstatSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { exitCodes, isSystemError, UserError } from '../errors.ts';

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

/** Several parts, a seed and a uuid stay below the 255 bytes that file systems allow. */
const longestPart = 64;
const longestName = 255;

/** Names of devices on Windows, with any extension. */
const deviceName = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** A name from outside (a log, a config, a server) as a part of a file name: letters, digits, dots, hyphens and underscores; 'unknown' where none is left. */
export function fileNamePart(text: string): string {
  const part = text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, longestPart);
  if (!/[A-Za-z0-9]/.test(part)) return 'unknown';
  return deviceName.test(part) ? `-${part}` : part;
}

/** The name of one file or folder that means itself on every system: no path, no device, nothing invisible. */
export function isPlainName(name: string): boolean {
  return (
    name !== '' &&
    !/^\.{1,2}$/.test(name) &&
    !/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029/\\:*?"<>|]|[. ]$/u.test(name) &&
    !deviceName.test(name) &&
    Buffer.byteLength(name) <= longestName
  );
}

/**
 * A path below a folder, from a name that may have folders in it, separated by slashes.
 * @param says what named it, for the message: `the index of /models/x`
 * @throws UserError when the name would lead out of the folder, or is none that every system takes
 */
export function pathWithin(folder: string, name: string, says: string): string {
  if (name.split('/').every(isPlainName)) return join(folder, name);
  throw new UserError(`${says} names the file ${JSON.stringify(name.slice(0, 200))}, which is no plain file name`, {
    exitCode: exitCodes.usage,
    remedy: 'Nothing was written. Use files from a source that you trust.',
  });
}

/** Where a file is written that will replace the one of that path. */
export function nextPath(path: string): string {
  return join(dirname(path), `.${basename(path).replace(/^\./, '')}.next`);
}

/**
 * A small file is written whole or not at all, and never through a link: what lies at its place is replaced, not opened.
 * @throws the operating system's error; the file is as it was then
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const next = nextPath(path);
  // A link that was planted there would lead the write somewhere else.
  rmSync(next, { force: true });
  try {
    writeFileSync(next, content, { flag: 'wx' });
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}
