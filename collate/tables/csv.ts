/** The writing side of the tables: Papa Parse decides what is quoted; an empty cell is null. */
import Papa from 'papaparse';
import type { Column } from './columns/column.ts';

export type Cell = string | number | boolean | null;

export function csvHeader(columns: readonly Column[]): string {
  return csvLine(columns.map((column) => column.name));
}

export function csvLine(cells: readonly Cell[]): string {
  return `${Papa.unparse([[...cells]], { newline: '\n' })}\n`;
}

/** Cells of a row in the order of its columns. */
export function csvRow<Name extends string>(
  columns: ReadonlyArray<Column & { readonly name: Name }>,
  row: Readonly<Record<Name, Cell>>,
): string {
  return csvLine(columns.map((column) => row[column.name]));
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
  const cell = Papa.unparse([[text]]);
  if (quoted.size < rememberedTexts) quoted.set(text, cell);
  return cell;
}
