/** Strict CSV: rows as cells by column, with the line in which each begins. */
import Papa from 'papaparse';
import { foreignLimits } from '../../scripts/command-line/files/input-limits.ts';
import { Malformed } from './malformed.ts';

export interface CsvRow {
  /** In the file, from 1. */
  line: number;
  cells: readonly string[];
}

/** Rows in order; empty lines are empty rows. @throws Malformed for a quote that does not end, and for too many rows */
export function csvRows(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let problem: Malformed | undefined;
  let line = 1;
  Papa.parse<string[]>(text, {
    delimiter: ',',
    step: ({ data, errors, meta }, parser) => {
      const [error] = errors;
      if (error !== undefined) problem = new Malformed(`line ${line}`, `it is no CSV: ${error.message}`);
      else if (rows.length > foreignLimits.entries) {
        problem = new Malformed(null, `it has more than ${foreignLimits.entries.toLocaleString('en-US')} rows`);
      }
      if (problem !== undefined) return parser.abort();
      rows.push({ line, cells: data });
      line += 1 + data.reduce((breaks, cell) => breaks + (cell.split(meta.linebreak).length - 1), 0);
    },
  });
  if (problem !== undefined) throw problem;
  return rows;
}

/** The first row that is not empty. */
export function csvHeader(text: string): string[] {
  const [first = ''] = text.slice(0, 65_536).trimStart().split(/\r?\n/, 1);
  return Papa.parse<string[]>(first, { delimiter: ',' }).data[0] ?? [];
}

/** Cells of a row by column. @throws Malformed where there are more or fewer of them than columns */
export function byColumn(columns: readonly string[], { line, cells }: CsvRow): Map<string, string> {
  if (cells.length !== columns.length) {
    throw new Malformed(`line ${line}`, `it has ${cells.length} cells, and there are ${columns.length} columns`);
  }
  return new Map(columns.map((column, i) => [column, cells[i] ?? '']));
}

/** @param place `line 3, avg_ts` @throws Malformed for what is no finite number in decimal notation */
export function numberIn(text: string, place: string): number {
  const value = Number(text);
  if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text) || !Number.isFinite(value)) {
    throw new Malformed(place, `"${text.slice(0, 60)}" is no number`);
  }
  return value;
}
