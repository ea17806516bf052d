/** `sweeps.csv`: made anew each time from the sweeps' own notes, for they are few. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from '../../scripts/command-line/errors.ts';
import { writeWhole } from '../../scripts/command-line/whole-file.ts';
import { type NotRunRecord, readNotRun, sweepsFolder } from '../../scripts/log/not-run-file.ts';
import { type SweepRow, sweepColumns } from './columns/sweeps.ts';
import { csvHeader, csvRow } from './csv.ts';
import { sweepsTable } from './table-names.ts';

/** Whole or not at all, and only where something has changed. @throws UserError when it cannot be written */
export function writeSweepsTable(output: string): void {
  const path = join(output, sweepsTable);
  try {
    const rows = sweepRows(output);
    if (rows.length === 0) {
      rmSync(path, { force: true });
      return;
    }
    const text = `${csvHeader(sweepColumns)}${rows.map((row) => csvRow(sweepColumns, row)).join('')}`;
    if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
    writeWhole(path, text);
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
}

/** The last that was said of each cell of each host. */
function sweepRows(output: string): SweepRow[] {
  const folder = sweepsFolder(output);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  const last = new Map<string, NotRunRecord>();
  for (const record of files.flatMap((name) => readNotRun(join(folder, name)))) {
    last.set(`${record.hostname} ${record.sweep} ${record.cell}`, record);
  }
  return [...last.values()].map((record) => ({
    sweep: record.sweep,
    sweep_cell: record.cell,
    iteration: record.iteration,
    status: record.status,
    reason: record.reason,
    remedy: record.remedy,
    at: record.at,
    hostname: record.hostname,
    framework: record.framework,
    size: record.size === '' ? null : record.size,
    quantize_asked: record.quantize,
    workload: record.workload,
    device_asked: record.device,
  }));
}
