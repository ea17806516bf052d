/** Logs of hardware benchmarks: written as they are measured, read again by whoever needs a ceiling. */
import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, isSystemError, UserError } from '../../command-line/errors.ts';
import { fileNamePart, makeFolder } from '../../command-line/files/folders.ts';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { readText } from '../../command-line/files/text-file.ts';
import type { Host } from '../records/host-record.ts';
import {
  type FrameworkRecord,
  type HardwareEnd,
  type HardwareHeader,
  type HardwareRecord,
  hardwareFolder,
  hardwareHeaderSchema,
  hardwareRecordSchema,
  type Machine,
  type Measured,
  type NotMeasured,
  type Quantity,
} from './hardware-log-format.ts';

export interface HardwareLog {
  path: string;
  header: HardwareHeader;
  /** Null where the benchmark was killed before. */
  machine: Machine | null;
  frameworks: FrameworkRecord[];
  measurements: Measured[];
  notMeasured: NotMeasured[];
  end: HardwareEnd | null;
  /** Lines that are no records, from 1. */
  brokenLines: number[];
}

/** How long a benchmark stands for its host. */
export const freshForMs = 24 * 60 * 60 * 1000;

/** @throws UserError when results cannot be written there */
export function createHardwareLog(output: string, header: HardwareHeader) {
  const folder = join(output, 'raw', hardwareFolder);
  const path = join(folder, `${fileNamePart(header.host.hostname)}_uuid${header.uuid}.txt`);
  const writing = (work: () => void) => {
    try {
      work();
    } catch (error) {
      throw fileError(error, path, 'writing');
    }
  };
  const line = (record: HardwareRecord) => `${JSON.stringify(record)}\n`;
  writing(() => {
    makeFolder(folder);
    try {
      writeFileSync(path, line(header), { flag: 'ax' });
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  });
  return {
    path,
    write: (record: HardwareRecord) => writing(() => appendFileSync(path, line(record))),
  };
}

/** Null for a file that is no log of a hardware benchmark. */
export function readHardwareLog(path: string): HardwareLog | null {
  const [first = '', ...rest] = (textOf(path) ?? '').split('\n');
  const header = hardwareHeaderSchema.safeParse(parsed(first));
  if (!header.success) return null;
  const log: HardwareLog = {
    path,
    header: header.data,
    machine: null,
    frameworks: [],
    measurements: [],
    notMeasured: [],
    end: null,
    brokenLines: [],
  };
  for (const [index, text] of rest.entries()) {
    if (text === '') continue;
    const record = hardwareRecordSchema.safeParse(parsed(text));
    if (record.success) add(log, record.data);
    else log.brokenLines.push(index + 2);
  }
  return log;
}

function add(log: HardwareLog, record: HardwareRecord): void {
  switch (record.type) {
    case 'machine':
      log.machine = record;
      return;
    case 'framework':
      log.frameworks.push(record);
      return;
    case 'measurement':
      log.measurements.push(record);
      return;
    case 'not_measured':
      log.notMeasured.push(record);
      return;
    case 'end':
      log.end = record;
      return;
    case 'header':
      return;
    default:
      record satisfies never;
  }
}

/** The newest complete one of this host that is not older than a day. */
export function freshHardwareLog(
  output: string,
  host: Pick<Host, 'hostname' | 'cpuModel'>,
  nowMs = Date.now(),
): HardwareLog | null {
  const folder = join(output, 'raw', hardwareFolder);
  const fresh = filesIn(folder)
    .map((name) => readHardwareLog(join(folder, name)))
    .filter((log) => log !== null)
    .filter((log) => isComplete(log) && isOf(log, host))
    .filter(({ header }) => Math.abs(nowMs - Date.parse(header.startedAt)) <= freshForMs);
  return fresh.sort((a, b) => Date.parse(b.header.startedAt) - Date.parse(a.header.startedAt))[0] ?? null;
}

export function isComplete({ end }: Pick<HardwareLog, 'end'>): boolean {
  return end?.status === 'completed';
}

export function isOf({ header }: Pick<HardwareLog, 'header'>, host: Pick<Host, 'hostname' | 'cpuModel'>): boolean {
  return header.host.hostname === host.hostname && header.host.cpuModel === host.cpuModel;
}

/** Whether the processor was measured with so many. */
export function hasThreads(
  { measurements }: Pick<HardwareLog, 'measurements'>,
  count: number,
  measured: Quantity = 'read_bandwidth',
): boolean {
  return measurements.some(({ quantity, threads }) => quantity === measured && threads === count);
}

/** Null for what is no text, or more than any log has. */
function textOf(path: string): string | null {
  try {
    return readText(path, 'reading the hardware benchmark', textLimits.settings);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.txt'));
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw fileError(error, folder, 'reading');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
