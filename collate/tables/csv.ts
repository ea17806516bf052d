/**
 * Values to cells of a table and back, and the tables written: those with few rows, of hardware benchmarks and sweeps, anew each
 * time; those of tokens line by line. Papa Parse decides what is quoted; an empty cell is null.
 */

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Papa from 'papaparse';
import { fileError } from '../../scripts/command-line/errors.ts';
import { writeWhole } from '../../scripts/command-line/files/folders.ts';
import { type NotRunRecord, readNotRun, sweepsFolder } from '../../scripts/log/not-run-file.ts';
import type { OfRun } from '../../scripts/results/run-facts.ts';
import type { ColumnFacts, Table, Value } from '../../scripts/results/table.ts';
import type { AnswerRecord, TokenRecord } from '../../scripts/workloads/questions/records.ts';
import { type OfToken, tokenColumns, tokensOf } from '../../scripts/workloads/questions/tables.ts';

export function csvHeader(columns: readonly ColumnFacts[]): string {
  return csvLine(columns.map((column) => column.name));
}

export function csvLine(values: readonly Value[]): string {
  const written = values.map((value) => (typeof value === 'string' ? withoutFormula(value) : value));
  return `${Papa.unparse([written], { newline: '\n' })}\n`;
}

/** Cells of a row in the order of its columns. */
export function csvRow(columns: readonly ColumnFacts[], row: Readonly<Record<string, Value>>): string {
  return csvLine(columns.map((column) => row[column.name] ?? null));
}

const quoted = new Map<string, string>();
const rememberedTexts = 100_000;

/**
 * One text as a cell. A million tokens come from a vocabulary of some ten thousand, most with a leading blank that has
 * to be quoted, so what Papa Parse said of a text is remembered.
 */
export function csvText(text: string): string {
  const known = quoted.get(text);
  if (known !== undefined) return known;
  const cell = Papa.unparse([[withoutFormula(text)]]);
  if (quoted.size < rememberedTexts) quoted.set(text, cell);
  return cell;
}

/** What a spreadsheet takes for a formula, and what is written of it: an apostrophe more. Source: OWASP, CSV injection. */
const formula = /^'*[=+\-@\t\r]/;

/** Texts only: a number such as -1.5 is none. */
function withoutFormula(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

/** The text that was written as such a cell: exactly the inverse. */
function textOfCell(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}

/** @throws RangeError with the offending text, for the reader to put file and line before it */
export function parseCell(text: string, column: ColumnFacts): Value {
  if (text === '') return null;
  switch (column.type) {
    case 'string':
      return textOfCell(text);
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw new RangeError(`${column.name} is "${text}", not true or false`);
      return text === 'true';
    case 'integer':
    case 'number': {
      const value = Number(text);
      if (!Number.isFinite(value) || (column.type === 'integer' && !Number.isInteger(value))) {
        throw new RangeError(`${column.name} is "${text}", not a ${column.type === 'integer' ? 'whole ' : ''}number`);
      }
      return value;
    }
    default:
      return column.type satisfies never;
  }
}

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
