/** The raw logs below `<output>/raw/`: every .txt file, whatever is in it. */

import { readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { exitCodes, fileError, isSystemError, UserError } from '../../scripts/command-line/errors.ts';
import { scriptLine } from '../../scripts/command-line/shell-line.ts';

export interface LogFile {
  /** Below raw/, with forward slashes on every system: it is written into runs.csv. */
  log: string;
  path: string;
  bytes: number;
  mtimeMs: number;
}

export function rawFolder(output: string): string {
  return join(output, 'raw');
}

/** @throws UserError with exit code 3 when nothing has been measured into this folder yet */
export function findLogs(output: string): LogFile[] {
  const raw = rawFolder(output);
  const logs: LogFile[] = [];
  for (const entry of entriesOf(raw)) {
    if (!entry.name.endsWith('.txt') || entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile()) continue;
    logs.push({
      log: relative(raw, path).split(sep).join('/'),
      path,
      bytes: stats.size,
      mtimeMs: stats.mtimeMs,
    });
  }
  return logs;
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
  return new UserError(`there are no run logs in ${raw}: nothing has been measured yet`, {
    remedy: `Measure first, for instance with \`${scriptLine('scripts/benchmark.ts', dirname(raw))}\`, or name the folder with --output DIR.`,
    exitCode: exitCodes.missing,
  });
}
