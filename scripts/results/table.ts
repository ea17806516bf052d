/**
 * A table is data: its file, and its columns, each with its value. CSV headers, rows, row types, axis titles and
 * docs/csv-columns.md are all made from these.
 */

export type Value = string | number | boolean | null;

export type ColumnType = 'string' | 'integer' | 'number' | 'boolean';

/** What readers of a table know of a column. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: ColumnType;
  /** Unit as it stands behind a value; empty where there is none. */
  readonly unit: string;
  /** Axis and table title, without the unit. */
  readonly title: string;
  /** How it is made, or what it means. */
  readonly formula: string;
}

type ValueOf<T extends ColumnType> = T extends 'string' ? string : T extends 'boolean' ? boolean : number;

/** A column of rows that are made of `Source`. */
export interface Column<Source> extends ColumnFacts {
  /** A value of the column's type, as rowOf checks; null and undefined where a row has none. */
  readonly of: (source: Source) => unknown;
}

/** A row of a table: every column by name; null where a run has no such figure. */
export type RowOf<Columns extends readonly ColumnFacts[]> = {
  -readonly [C in Columns[number] as C['name']]: ValueOf<C['type']> | null;
};

/** Fields of `Part` that a column of this type can show. */
type FieldOf<Part, T extends ColumnType> = {
  [F in keyof Part]-?: Part[F] extends ValueOf<T> | null | undefined ? F : never;
}[keyof Part];

/** Makes columns whose values are taken from a `Source`: `number('ttft_ms', 'ms', 'TTFT', 't1 - t0').of(...)`. */
export function columnsOf<Source>() {
  return columnsOfPart((source: Source) => source);
}

/**
 * Makes columns of one part of a `Source`, which are empty in rows without that part:
 * `number('ttft_ms', 'ms', 'TTFT', 't1 - t0').at('ttftMs')` shows a field of it, `.of(...)` anything else.
 */
export function columnsOfPart<Source, Part>(partOf: (source: Source) => Part | null | undefined) {
  const made = <const N extends string, const T extends ColumnType>(
    facts: ColumnFacts & { readonly name: N; readonly type: T },
  ) => {
    const of = <V>(read: (part: Part) => V) => ({
      ...facts,
      of: (source: Source) => {
        const part = partOf(source);
        return part === null || part === undefined ? null : read(part);
      },
    });
    return {
      of: (read: (part: Part) => ValueOf<T> | null | undefined) => of(read),
      at: <const F extends FieldOf<Part, T>>(field: F) => of((part) => part[field]),
    };
  };
  const makers = {
    text: <const N extends string>(name: N, title: string, formula: string) =>
      made({ name, type: 'string', unit: '', title, formula }),
    flag: <const N extends string>(name: N, title: string, formula: string) =>
      made({ name, type: 'boolean', unit: '', title, formula }),
    whole: <const N extends string>(name: N, unit: string, title: string, formula: string) =>
      made({ name, type: 'integer', unit, title, formula }),
    number: <const N extends string>(name: N, unit: string, title: string, formula: string) =>
      made({ name, type: 'number', unit, title, formula }),
  };
  return {
    ...makers,
    bytes: <const N extends string>(name: N, title: string, formula: string) => makers.whole(name, 'B', title, formula),
    ms: <const N extends string>(name: N, title: string, formula: string) => makers.number(name, 'ms', title, formula),
  };
}

/** A table whose rows are made from something that is read: a run, a hardware benchmark, the notes of a sweep. */
export interface Table<
  Read,
  Columns extends readonly ColumnFacts[] = readonly ColumnFacts[],
  Name extends string = string,
> {
  /** Name of the table in summaries and JSON. */
  readonly name: Name;
  readonly file: string;
  /** What a row is: `a row per answer`. */
  readonly rowIs: string;
  readonly columns: Columns;
  /** True for a table that is there only when it has rows. */
  readonly optional?: true;
  readonly rows: (read: Read) => Array<RowOf<Columns>>;
}

/** @param of what each row is made of */
export function table<
  Read,
  Source,
  const Columns extends ReadonlyArray<Column<Source>>,
  const Name extends string,
>(definition: {
  name: Name;
  file: string;
  rowIs: string;
  columns: Columns;
  optional?: true;
  of: (read: Read) => Iterable<Source>;
}): Table<Read, Columns, Name> {
  const { of, ...facts } = definition;
  return { ...facts, rows: (read) => Array.from(of(read), (source) => rowOf(definition.columns, source)) };
}

export function rowOf<Source, const Columns extends ReadonlyArray<Column<Source>>>(
  columns: Columns,
  source: Source,
): RowOf<Columns> {
  const row: Record<string, unknown> = {};
  for (const { name, of } of columns) row[name] = of(source) ?? null;
  if (!isRow(row, columns)) throw new TypeError('the values of a row do not fit its columns');
  return row;
}

/** Whether every column has a value of its type: what makes a record of values a row. */
export function isRow<Columns extends readonly ColumnFacts[]>(
  row: Record<string, unknown>,
  columns: Columns,
): row is RowOf<Columns> {
  return columns.every(({ name, type }) => row[name] !== undefined && isOfType(row[name], type));
}

function isOfType(value: unknown, type: ColumnType): boolean {
  if (value === null) return true;
  if (type === 'string' || type === 'boolean') return typeof value === type;
  return typeof value === 'number';
}
