/** `hardware.csv`: made anew from all hardware benchmarks each time, for they are few. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from '../../scripts/command-line/errors.ts';
import { writeWhole } from '../../scripts/command-line/files/folders.ts';
import { lastCacheOf } from '../../scripts/machine/last-cache.ts';
import type { FoundHardwareLog } from '../hardware/hardware-logs.ts';
import { type HardwareRow, hardwareColumns } from './columns/hardware.ts';
import { csvHeader, csvRow } from './csv.ts';
import { hardwareTable } from './table-names.ts';

/** Whole or not at all, and only where something has changed. @throws UserError when it cannot be written */
export function writeHardwareTable(output: string, logs: readonly FoundHardwareLog[]): void {
  const path = join(output, hardwareTable);
  try {
    if (logs.length === 0) {
      rmSync(path, { force: true });
      return;
    }
    const rows = logs.flatMap(hardwareRows).map((row) => csvRow(hardwareColumns, row));
    const text = `${csvHeader(hardwareColumns)}${rows.join('')}`;
    if (contentOf(path) === text) return;
    writeWhole(path, text);
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
}

function hardwareRows({ header, machine, measurements, end, log }: FoundHardwareLog): HardwareRow[] {
  const cache = lastCacheOf(machine, measurements, null);
  return measurements.map(({ quantity, device, threads, workingSetBytes, value, median, unit, samples, method }) => ({
    uuid: header.uuid,
    measured_at: header.startedAt,
    status: end?.status ?? 'killed',
    hostname: header.host.hostname,
    cpu_model: header.host.cpuModel,
    last_cache_bytes: cache?.fitsBytes ?? null,
    last_cache_from: cache?.from ?? null,
    quantity,
    device,
    threads,
    working_set_bytes: workingSetBytes,
    value,
    median,
    unit,
    samples,
    method,
    log,
  }));
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
