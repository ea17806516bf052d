/**
 * The raw logs below `<output>/raw/`: every .txt file, whatever is in it. Links are followed to files below raw/ only,
 * so that a folder of results shows nothing of the rest of the disk. Hardware benchmarks are separated from the logs of runs.
 */

import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { crc32 } from 'node:zlib';
import { fileError, isSystemError, missingError, type UserError } from '../../scripts/command-line/errors.ts';
import { scriptLine } from '../../scripts/command-line/shell-line.ts';
import {
  freshForMs,
  type HardwareLog,
  isComplete,
  isOf,
  readHardwareLog,
} from '../../scripts/log/hardware/hardware-log.ts';
import { hardwareFolder } from '../../scripts/log/hardware/hardware-log-format.ts';
import type { Host } from '../../scripts/log/records/host-record.ts';
import type { FoundHardwareLog } from '../../scripts/results/tables-made-anew.ts';

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

/** Hardware benchmarks in order of time, of copies the first; all other files are logs of runs, or no logs at all. */
export function partHardwareLogs(files: readonly LogFile[]): { hardware: FoundHardwareLog[]; others: LogFile[] } {
  const logs = new Map<string, FoundHardwareLog>();
  const others: LogFile[] = [];
  for (const file of files) {
    const read = inHardwareFolder(file) && file.refused === undefined ? readable(file.path) : null;
    if (read === null) others.push(file);
    else if (!logs.has(read.header.uuid)) logs.set(read.header.uuid, { ...read, log: file.log });
  }
  const hardware = [...logs.values()].sort(
    (a, b) => startOf(a) - startOf(b) || (a.header.uuid < b.header.uuid ? -1 : 1),
  );
  return { hardware, others };
}

/** What cannot be read is named among the other logs. */
function readable(path: string): HardwareLog | null {
  try {
    return readHardwareLog(path);
  } catch {
    return null;
  }
}

/** Also where the logs of several machines have been put beside each other. */
function inHardwareFolder({ log }: LogFile): boolean {
  return log.split('/').slice(0, -1).includes(hardwareFolder);
}

/** Checksum of a set of benchmarks: when it changes, runs may be compared with another one. */
export function hardwareChecksum(logs: readonly HardwareLog[]): number {
  return crc32(
    logs.map(({ header, measurements, end }) => `${header.uuid} ${measurements.length} ${end?.status}`).join(),
  );
}

export interface Subject {
  host: Pick<Host, 'hostname' | 'cpuModel'>;
  startedAtMs: number;
}

/**
 * The complete one of the same host that is closest in time, at most a day away. One of a single number of threads, as
 * `npm start` makes it, only where there is none of more: those have its figures too.
 */
export function closestHardware<Log extends HardwareLog>(
  logs: readonly Log[],
  { host, startedAtMs }: Subject,
): Log | null {
  const distance = (log: Log) => Math.abs(startOf(log) - startedAtMs);
  const near = logs.filter((log) => isComplete(log) && isOf(log, host) && distance(log) <= freshForMs);
  const isPartial = ({ measurements }: Log) => new Set(measurements.map(({ threads }) => threads ?? 1)).size < 2;
  return near.sort((a, b) => Number(isPartial(a)) - Number(isPartial(b)) || distance(a) - distance(b))[0] ?? null;
}

function startOf({ header }: HardwareLog): number {
  return Date.parse(header.startedAt);
}
