/**
 * The raw logs below `<output>/raw/`: every .txt file, whatever is in it. Links are followed to files below raw/ only,
 * so that a folder of results shows nothing of the rest of the disk.
 */
import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileError, isSystemError, missingError, type UserError } from '../../scripts/command-line/errors.ts';
import { scriptLine } from '../../scripts/command-line/shell-line.ts';

export interface LogFile {
  /** Below raw/, with forward slashes on every system: it is written into runs.csv. */
  log: string;
  path: string;
  bytes: number;
  mtimeMs: number;
  /** Why it is not opened: a link that leads out of raw/, to a folder, or nowhere. */
  refused?: string;
}

export function rawFolder(output: string): string {
  return join(output, 'raw');
}

/** @throws UserError with exit code 3 when nothing has been measured into this folder yet */
export function findLogs(output: string): LogFile[] {
  const raw = rawFolder(output);
  const entries = entriesOf(raw);
  const root = realpathSync(raw);
  return entries.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const place = { log: relative(raw, path).split(sep).join('/'), path };
    const stats = targetOf(path);
    const refused = entry.isSymbolicLink() ? whyNotFollowed(path, root, stats) : undefined;
    if (refused !== undefined) return isForLogs(entry, stats) ? { ...place, bytes: 0, mtimeMs: 0, refused } : [];
    if (!entry.name.endsWith('.txt') || !stats?.isFile()) return [];
    return { ...place, bytes: stats.size, mtimeMs: stats.mtimeMs };
  });
}

/** What a path leads to; undefined for a link that leads nowhere or in a circle. */
export function targetOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Folders and logs; other links are as little of interest as other files. */
function isForLogs({ name }: Dirent, target: Stats | undefined): boolean {
  return name.endsWith('.txt') || target?.isDirectory() === true;
}

function whyNotFollowed(path: string, root: string, target: Stats | undefined): string | undefined {
  if (target === undefined) return 'a link that leads nowhere';
  const below = realpathSync(path).startsWith(`${root}${sep}`);
  if (!below) return 'a link that leads out of raw/, and is not followed: copy what it leads to';
  return target.isDirectory() ? 'a link to another folder of raw/, whose logs are read there' : undefined;
}

function entriesOf(raw: string) {
  try {
    return readdirSync(raw, { withFileTypes: true, recursive: true });
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') throw nothingMeasured(raw);
    throw fileError(error, raw, 'reading');
  }
}

export function nothingMeasured(raw: string): UserError {
  return missingError(
    `there are no run logs in ${raw}: nothing has been measured yet`,
    `Measure first, for instance with \`${scriptLine('scripts/benchmark.ts', dirname(raw))}\`, or name the folder with --output DIR.`,
  );
}
