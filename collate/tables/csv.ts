/** The writing side of the tables: Papa Parse decides what is quoted; an empty cell is null. */
import Papa from 'papaparse';
import type { Column } from './columns/column.ts';

export type Cell = string | number | boolean | null;

export function csvHeader(columns: readonly Column[]): string {
  return csvLine(columns.map((column) => column.name));
}

export function csvLine(cells: readonly Cell[]): string {
  const written = cells.map((cell) => (typeof cell === 'string' ? withoutFormula(cell) : cell));
  return `${Papa.unparse([written], { newline: '\n' })}\n`;
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
export function textOfCell(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}
