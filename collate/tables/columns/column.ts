/** What a column is. CSV headers, row types, axis titles and docs/csv-columns.md are all made from lists of these. */

export type ColumnType = 'string' | 'integer' | 'number' | 'boolean';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Unit as it stands behind a value; empty where there is none. */
  readonly unit: string;
  /** Axis and table title, without the unit. */
  readonly title: string;
  /** How it is made, or what it means. */
  readonly formula: string;
}

export const column = <const N extends string, const T extends ColumnType>(
  name: N,
  type: T,
  unit: string,
  title: string,
  formula: string,
) => ({ name, type, unit, title, formula }) as const;

type CellOf<T extends ColumnType> = T extends 'string' ? string : T extends 'boolean' ? boolean : number;

/** A row of a table: every column by name; null where a run has no such figure. */
export type RowOf<Columns extends readonly Column[]> = {
  -readonly [C in Columns[number] as C['name']]: CellOf<C['type']> | null;
};
