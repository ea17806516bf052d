/**
 * Reads the tables back, typed by their columns. Whatever is wrong with one is said with file and line; columns that
 * somebody added are left out.
 */

import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Papa from 'papaparse';
import { exitCodes, fileError, isSystemError, UserError } from '../../scripts/command-line/errors.ts';
import { readTextFile, withoutMark } from '../../scripts/command-line/files/text-file.ts';
import { scriptLine } from '../../scripts/command-line/shell-line.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { type ColumnFacts, isRow, type RowOf, type Table, type Value } from '../../scripts/results/table.ts';
import { isTokensFile, tokensFile } from '../../scripts/results/tables.ts';
import { type TokenRow, tokenColumns } from '../../scripts/workloads/questions/tables.ts';
import { parseCell } from './csv.ts';

type Written<Columns extends readonly ColumnFacts[]> = Pick<Table<never, Columns>, 'file' | 'columns' | 'optional'>;

/** @throws UserError with exit code 3 when nothing was collated into this folder */
export function readTable<Columns extends readonly ColumnFacts[]>(
  output: string,
  { file, columns, optional }: Written<Columns>,
): Array<RowOf<Columns>> {
  const path = join(output, file);
  return optional === true && !existsSync(path) ? [] : readWhole(path, columns);
}

/** A table whose rows may be millions. */
export function readRowByRow<Columns extends readonly ColumnFacts[]>(
  output: string,
  { file, columns }: Written<Columns>,
): AsyncGenerator<RowOf<Columns>> {
  return rowByRow(join(output, file), columns);
}

export function readTokens(output: string, framework: string): AsyncGenerator<TokenRow> {
  return rowByRow(join(output, tokensFile(framework)), tokenColumns);
}

/** What to do where a table, or what is known of it, is not what was written. @param output folder of results */
export function rebuildRemedy(output: string): string {
  return `Make all tables again from the raw logs: \`${scriptLine('collate/all.ts', output, '--rebuild')}\`.`;
}

async function* rowByRow<C extends readonly ColumnFacts[]>(path: string, columns: C): AsyncGenerator<RowOf<C>> {
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
export function frameworksWithTokens(output: string): string[] {
  return readdirSync(output)
    .filter(isTokensFile)
    .map((name) => name.slice(0, -'.csv'.length))
    .sort();
}

function readWhole<C extends readonly ColumnFacts[]>(path: string, columns: C): Array<RowOf<C>> {
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
  const folder = dirname(path);
  // The table of runs is always written.
  if (existsSync(join(folder, runsTable.file))) {
    return new UserError(
      `${path} is not there, but ${runsTable.file} is: the tables are of another version, or one was removed`,
      {
        remedy: rebuildRemedy(folder),
        exitCode: exitCodes.missing,
        cause: error,
      },
    );
  }
  return new UserError(`${path} is not there: nothing has been collated yet`, {
    remedy: `Collate first: \`${scriptLine('collate/all.ts', folder)}\`.`,
    exitCode: exitCodes.missing,
    cause: error,
  });
}

/** Cells of one line after the other to rows; the first line is the header. */
class Rows<C extends readonly ColumnFacts[]> {
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
