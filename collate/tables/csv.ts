/** Values to cells of a table and back. Papa Parse decides what is quoted; an empty cell is null. */
import Papa from 'papaparse';
import type { ColumnFacts, Value } from '../../scripts/results/table.ts';

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
