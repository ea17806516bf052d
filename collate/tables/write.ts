/** Writes tables: those with few rows, of hardware benchmarks and sweeps, anew each time; those of tokens line by line. */

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from '../../scripts/command-line/errors.ts';
import { writeWhole } from '../../scripts/command-line/files/folders.ts';
import { type NotRunRecord, readNotRun, sweepsFolder } from '../../scripts/log/not-run-file.ts';
import type { OfRun } from '../../scripts/results/run-facts.ts';
import type { Table, Value } from '../../scripts/results/table.ts';
import type { AnswerRecord, TokenRecord } from '../../scripts/workloads/questions/records.ts';
import { type OfToken, tokenColumns, tokensOf } from '../../scripts/workloads/questions/tables.ts';
import { csvHeader, csvRow, csvText } from './csv.ts';

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

/** The columns that differ from token to token: seven in front, two behind. A test reads them back by name. */
const columnsInFront = 7;
const columnsBehind = 2;
const front = tokenColumns.slice(0, columnsInFront);
const shared = tokenColumns.slice(columnsInFront, -columnsBehind);
const behind = tokenColumns.slice(-columnsBehind);

/** @param answer null for tokens of an answer that was never completed: t0 and phase are unknown */
export function writeTokens(
  run: OfRun['run'],
  answer: AnswerRecord | null,
  tokens: readonly TokenRecord[],
  write: (line: string) => void,
): void {
  let sharedCells: string | undefined;
  for (const token of tokensOf(run, answer, tokens)) {
    sharedCells ??= cellsOf(shared, token);
    write(`${cellsOf(front, token)},${sharedCells},${cellsOf(behind, token)}\n`);
  }
}

function cellsOf(columns: ReadonlyArray<(typeof tokenColumns)[number]>, token: OfToken): string {
  let cells = '';
  for (const [i, { of }] of columns.entries()) cells += i === 0 ? cell(of(token)) : `,${cell(of(token))}`;
  return cells;
}

function cell(value: Value | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? csvText(value) : String(value);
}
