/** Tables that are made anew each time, for they are few rows: of hardware benchmarks, and of what sweeps noted. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from '../../scripts/command-line/errors.ts';
import { writeWhole } from '../../scripts/command-line/whole-file.ts';
import { type NotRunRecord, readNotRun, sweepsFolder } from '../../scripts/log/not-run-file.ts';
import type { Table } from '../../scripts/results/table.ts';
import { csvHeader, csvRow } from './csv.ts';

/** Whole or not at all, and only where something has changed. @throws UserError when it cannot be written */
export function writeAnew<Read>(output: string, { file, columns, rows }: Table<Read>, read: Read): void {
  const path = join(output, file);
  try {
    const lines = rows(read).map((row) => csvRow(columns, row));
    if (lines.length === 0) {
      rmSync(path, { force: true });
      return;
    }
    const text = `${csvHeader(columns)}${lines.join('')}`;
    if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
    writeWhole(path, text);
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
}

/** What sweeps noted about cells that they did not run. */
export function notesOfSweeps(output: string): NotRunRecord[] {
  const folder = sweepsFolder(output);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  return files.flatMap((name) => readNotRun(join(folder, name)));
}
