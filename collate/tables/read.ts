/**
 * Reads the tables back, typed by their columns. Whatever is wrong with one is said with file and line; columns that
 * somebody added are left out.
 */

import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Papa from 'papaparse';
import { exitCodes, fileError, isSystemError, UserError } from '../../scripts/command-line/errors.ts';
import { scriptLine } from '../../scripts/command-line/shell-line.ts';
import { readTextFile, withoutMark } from '../../scripts/command-line/files/text-file.ts';
import { isRow, parseCell, type Value } from './cells.ts';
import { type AccuracyRow, accuracyColumns } from './columns/accuracy.ts';
import { type AccuracyItemRow, accuracyItemColumns } from './columns/accuracy-items.ts';
import { type AnswerRow, answerColumns } from './columns/answers.ts';
import type { Column, RowOf } from './columns/column.ts';
import { type HardwareRow, hardwareColumns } from './columns/hardware.ts';
import { type LoadRow, loadColumns } from './columns/load.ts';
import { type MemoryRow, memoryColumns } from './columns/memory.ts';
import { type ParityRow, parityColumns } from './columns/parity.ts';
import { type PoolRow, poolColumns } from './columns/pool.ts';
import { type RunRow, runColumns } from './columns/runs.ts';
import { type SweepRow, sweepColumns } from './columns/sweeps.ts';
import { type TokenRow, tokenColumns } from './columns/tokens.ts';
import { rebuildRemedy } from './rebuild-remedy.ts';
import {
  accuracyItemsTable,
  accuracyTable,
  answersTable,
  fixedTables,
  hardwareTable,
  loadTable,
  memoryTable,
  parityTable,
  poolTable,
  runsTable,
  sweepsTable,
  tokensTable,
} from './table-names.ts';

/** @throws UserError with exit code 3 when nothing was collated into this folder */
export function readRuns(output: string): RunRow[] {
  return readTable(join(output, runsTable), runColumns);
}

export function readAnswers(output: string): AnswerRow[] {
  return readTable(join(output, answersTable), answerColumns);
}

export function readParity(output: string): ParityRow[] {
  return readTable(join(output, parityTable), parityColumns);
}

export function readLoad(output: string): LoadRow[] {
  return readTable(join(output, loadTable), loadColumns);
}

export function readPool(output: string): PoolRow[] {
  return readTable(join(output, poolTable), poolColumns);
}

export function readAccuracy(output: string): AccuracyRow[] {
  return readTable(join(output, accuracyTable), accuracyColumns);
}

export function readAccuracyItems(output: string): AccuracyItemRow[] {
  return readTable(join(output, accuracyItemsTable), accuracyItemColumns);
}

/** Empty where no hardware benchmark was among the logs. */
export function readHardware(output: string): HardwareRow[] {
  const path = join(output, hardwareTable);
  return existsSync(path) ? readTable(path, hardwareColumns) : [];
}

/** Empty where every cell of every sweep has a log. */
export function readSweeps(output: string): SweepRow[] {
  const path = join(output, sweepsTable);
  return existsSync(path) ? readTable(path, sweepColumns) : [];
}

export function readTokens(output: string, framework: string): AsyncGenerator<TokenRow> {
  return rowByRow(join(output, tokensTable(framework)), tokenColumns);
}

export function readMemory(output: string): AsyncGenerator<MemoryRow> {
  return rowByRow(join(output, memoryTable), memoryColumns);
}

/** Because there may be millions. */
async function* rowByRow<C extends readonly Column[]>(path: string, columns: C): AsyncGenerator<RowOf<C>> {
  const reading = new Rows(path, columns);
  const file = createReadStream(path);
  // Its errors reach the reader of the pipe.
  const parsed = file.pipe(Papa.parse(Papa.NODE_STREAM_INPUT, { delimiter: ',', newline: '\n' }));
  file.on('error', (error) => parsed.destroy(error));
  try {
    for await (const cells of parsed) {
      const row = isCells(cells) ? reading.next(cells) : null;
      if (row !== null) yield row;
    }
  } catch (error) {
    throw isSystemError(error) ? missingTable(error, path) : error;
  } finally {
    file.destroy();
  }
  reading.end();
}

function isCells(value: unknown): value is string[] {
  return Array.isArray(value);
}

/** Frameworks that have a table of tokens in this folder, by name. */
export function tokenTables(output: string): string[] {
  return readdirSync(output)
    .filter(
      (name) =>
        name.endsWith('.csv') && !name.startsWith('.') && ![...fixedTables, hardwareTable, sweepsTable].includes(name),
    )
    .map((name) => name.slice(0, -'.csv'.length))
    .sort();
}

function readTable<C extends readonly Column[]>(path: string, columns: C): Array<RowOf<C>> {
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    throw missingTable(error, path);
  }
  const reading = new Rows(path, columns);
  const rows: Array<RowOf<C>> = [];
  for (const cells of Papa.parse<string[]>(text, { delimiter: ',', newline: '\n' }).data) {
    const row = reading.next(cells);
    if (row !== null) rows.push(row);
  }
  reading.end();
  return rows;
}

function missingTable(error: unknown, path: string): UserError {
  if (!isSystemError(error) || error.code !== 'ENOENT') return fileError(error, path, 'reading');
  return new UserError(`${path} is not there: nothing has been collated yet`, {
    remedy: `Collate first: \`${scriptLine('collate/all.ts', dirname(path))}\`.`,
    exitCode: exitCodes.missing,
    cause: error,
  });
}

/** Cells of one line after the other to rows; the first line is the header. */
class Rows<C extends readonly Column[]> {
  readonly #path: string;
  readonly #columns: C;
  /** Where each column stands; null until the header was read. */
  #positions: number[] | null = null;
  #width = 0;
  #line = 1;

  constructor(path: string, columns: C) {
    this.#path = path;
    this.#columns = columns;
  }

  /** Null for the header and for the empty line at the end. */
  next(cells: readonly string[]): RowOf<C> | null {
    const line = this.#line;
    // A text with line breaks spans several lines of the file.
    this.#line += 1 + cells.reduce((breaks, cell) => breaks + countBreaks(cell), 0);
    if (this.#positions === null) {
      this.#positions = this.#header(cells);
      return null;
    }
    if (cells.length === 1 && cells[0] === '') return null;
    if (cells.length !== this.#width) {
      throw this.#broken(line, `has ${cells.length} cells, but the header names ${this.#width} columns`);
    }
    const row: Record<string, Value> = {};
    for (const [i, column] of this.#columns.entries()) {
      try {
        row[column.name] = parseCell(cells[this.#positions[i] ?? -1] ?? '', column);
      } catch (error) {
        throw this.#broken(line, error instanceof Error ? error.message : String(error));
      }
    }
    if (!isRow(row, this.#columns)) throw this.#broken(line, 'does not fit the columns');
    return row;
  }

  end(): void {
    if (this.#positions === null) throw this.#broken(1, 'the file is empty');
  }

  #header([first = '', ...others]: readonly string[]): number[] {
    const cells = [withoutMark(first), ...others];
    this.#width = cells.length;
    const missing = this.#columns.filter((column) => !cells.includes(column.name)).map((column) => column.name);
    if (missing.length === this.#columns.length) throw this.#broken(1, 'is no header of this table');
    if (missing.length > 0) throw this.#broken(1, `lacks the columns ${missing.slice(0, 5).join(', ')}`);
    return this.#columns.map((column) => cells.indexOf(column.name));
  }

  #broken(line: number, what: string): UserError {
    return new UserError(`${this.#path}:${line}: ${what}`, {
      remedy: rebuildRemedy(dirname(this.#path)),
    });
  }
}

function countBreaks(text: string): number {
  let breaks = 0;
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) breaks++;
  return breaks;
}
