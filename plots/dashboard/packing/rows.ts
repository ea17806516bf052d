/**
 * Rows of a table as columns, and back. A column is one value where all rows have the same, or texts as numbers of a list, or numbers.
 */
import { type ColumnFacts, isRow, type RowOf, type Value } from '../../../scripts/results/table.ts';
import { type ByteWriter, readSlice, type Slice } from './bytes.ts';

type PackedColumn =
  | { readonly kind: 'constant'; readonly value: Value }
  /** 0 is null; others are places in `words`, from 1. */
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly codes: Slice }
  /** 0 null, 1 false, 2 true. */
  | { readonly kind: 'flags'; readonly codes: Slice }
  /** NaN is null. */
  | { readonly kind: 'numbers'; readonly values: Slice };

export interface PackedRows {
  readonly count: number;
  readonly columns: Readonly<Record<string, PackedColumn>>;
}

type Row = Readonly<Record<string, Value>>;

export function packRows(columns: readonly ColumnFacts[], rows: readonly Row[], writer: ByteWriter): PackedRows {
  const packed = columns.map(({ name, type }) => {
    const values = rows.map((row) => row[name] ?? null);
    return [name, packColumn(values, type, writer)] as const;
  });
  return { count: rows.length, columns: Object.fromEntries(packed) };
}

function packColumn(values: readonly Value[], type: ColumnFacts['type'], writer: ByteWriter): PackedColumn {
  const [first = null] = values;
  if (values.every((value) => value === first)) return { kind: 'constant', value: first };
  if (type === 'boolean') {
    return {
      kind: 'flags',
      codes: writer.add(
        'u8',
        values.map((value) => (value === null ? 0 : value ? 2 : 1)),
      ),
    };
  }
  if (type !== 'string')
    return {
      kind: 'numbers',
      values: writer.add(
        'f64',
        values.map((value) => Number(value ?? NaN)),
      ),
    };
  const places = new Map<string, number>();
  const codes = values.map((value) => {
    if (value === null) return 0;
    const word = String(value);
    const place = places.get(word) ?? places.size + 1;
    places.set(word, place);
    return place;
  });
  return { kind: 'words', words: [...places.keys()], codes: writer.add(places.size < 65_535 ? 'u16' : 'u32', codes) };
}

/** @throws TypeError where the rows are not of these columns: another version packed them */
export function unpackRows<const Columns extends readonly ColumnFacts[]>(
  columns: Columns,
  { count, columns: packed }: PackedRows,
  bytes: Uint8Array,
): Array<RowOf<Columns>> {
  const readers = columns.map(({ name }) => {
    const read = readerOf(packed[name] ?? { kind: 'constant', value: null }, bytes);
    return [name, read] as const;
  });
  return Array.from({ length: count }, (_, place) => {
    const row: Record<string, Value> = {};
    for (const [name, read] of readers) row[name] = read(place);
    if (!isRow(row, columns)) throw new TypeError('the data do not fit this page');
    return row;
  });
}

function readerOf(column: PackedColumn, bytes: Uint8Array): (row: number) => Value {
  switch (column.kind) {
    case 'constant':
      return () => column.value;
    case 'words': {
      const codes = readSlice(bytes, column.codes);
      return (row) => column.words[(codes[row] ?? 0) - 1] ?? null;
    }
    case 'flags': {
      const codes = readSlice(bytes, column.codes);
      return (row) => (codes[row] === 0 ? null : codes[row] === 2);
    }
    case 'numbers': {
      const values = readSlice(bytes, column.values);
      return (row) => {
        const value = values[row] ?? Number.NaN;
        return Number.isNaN(value) ? null : value;
      };
    }
    default:
      return column satisfies never;
  }
}
