/** Hardware benchmarks among the raw logs, and the one that a run is held against. */
import { crc32 } from 'node:zlib';
import {
  freshForMs,
  type HardwareLog,
  isComplete,
  isOf,
  readHardwareLog,
} from '../../scripts/log/hardware/hardware-log.ts';
import { hardwareFolder } from '../../scripts/log/hardware/hardware-log-format.ts';
import type { Host } from '../../scripts/log/records/host-record.ts';
import type { FoundHardwareLog } from '../../scripts/results/hardware/table.ts';
import type { LogFile } from '../logs/find.ts';

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

/** Of a set of benchmarks: when it changes, runs may be held against another one. */
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
