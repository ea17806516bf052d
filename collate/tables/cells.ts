/** The reading side of a table: text of a cell to a value of its column's type. An empty cell is null. */

import type { Column, ColumnType, RowOf } from './columns/column.ts';
import { textOfCell } from './csv.ts';

export type Value = string | number | boolean | null;

/** @throws RangeError with the offending text, for the reader to put file and line before it */
export function parseCell(text: string, column: Column): Value {
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

/** True when every column has a value of its type: what makes a record of cells a row. */
export function isRow<C extends readonly Column[]>(row: Record<string, Value>, columns: C): row is RowOf<C> {
  return columns.every(({ name, type }) => row[name] !== undefined && isOfType(row[name], type));
}

function isOfType(value: Value, type: ColumnType): boolean {
  if (value === null) return true;
  if (type === 'string' || type === 'boolean') return typeof value === type;
  return typeof value === 'number';
}
