/** Rows into a table by columns, 2,048 at a time: the fastest way into DuckDB. */
import type { DuckDBAppender, DuckDBDataChunk } from '@duckdb/node-api';
import type { Value } from '../../scripts/results/table.ts';
import type { Database, DuckDb } from './database.ts';
import type { StoredColumn } from './stored-column.ts';

const rowsPerChunk = 2048;

/** Where a column's value comes from. */
export interface SourcedColumn<Source> extends StoredColumn {
  readonly of: (source: Source) => Value;
}

export type Row = Readonly<Record<string, Value>>;

/** Columns that are read from rows by their names. */
export function byName(columns: readonly StoredColumn[]): Array<SourcedColumn<Row>> {
  return columns.map((column) => ({ ...column, of: (row) => row[column.name] ?? null }));
}

/** Told of a value that its column cannot hold as it is. */
export type OnMisfit = (column: string, what: 'rounded' | 'left empty') => void;

export class TableWriter<Source> {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  readonly #columns: ReadonlyArray<SourcedColumn<Source>>;
  readonly #cells: Value[][];
  /** None where a value is stored as it is. */
  readonly #convert: ReadonlyArray<((value: Value) => Value) | undefined>;
  #rows = 0;

  private constructor(
    api: DuckDb,
    appender: DuckDBAppender,
    columns: ReadonlyArray<SourcedColumn<Source>>,
    onMisfit: OnMisfit,
  ) {
    this.#appender = appender;
    this.#columns = columns;
    // Whole numbers go in as doubles, which the appender casts: each bigint would be an object of its own.
    this.#chunk = api.DuckDBDataChunk.create(columns.map(({ type }) => api[type === 'BIGINT' ? 'DOUBLE' : type]));
    this.#cells = columns.map(() => new Array<Value>(rowsPerChunk).fill(null));
    this.#convert = columns.map(({ name, type }) => (type === 'BIGINT' ? whole(name, onMisfit) : undefined));
  }

  /** In the transaction that has begun. */
  static async open<Source>(
    { api, connection }: Database,
    table: string,
    columns: ReadonlyArray<SourcedColumn<Source>>,
    onMisfit: OnMisfit,
  ): Promise<TableWriter<Source>> {
    return new TableWriter(api, await connection.createAppender(table, 'main'), columns, onMisfit);
  }

  add(source: Source): void {
    const row = this.#rows++;
    for (let i = 0; i < this.#columns.length; i++) {
      const value = this.#columns[i]?.of(source) ?? null;
      const convert = this.#convert[i];
      const cells = this.#cells[i];
      if (cells !== undefined) cells[row] = convert === undefined ? value : convert(value);
    }
    if (this.#rows === rowsPerChunk) this.#flush();
  }

  /** To be called before the transaction is committed. */
  finish(): void {
    this.#flush();
    this.#appender.closeSync();
  }

  #flush(): void {
    if (this.#rows === 0) return;
    this.#chunk.reset();
    this.#chunk.rowCount = this.#rows;
    for (const [i, cells] of this.#cells.entries()) {
      this.#chunk.setColumnValues(i, this.#rows === rowsPerChunk ? cells : cells.slice(0, this.#rows));
    }
    this.#appender.appendDataChunk(this.#chunk);
    this.#rows = 0;
  }
}

function whole(column: string, onMisfit: OnMisfit): (value: Value) => Value {
  return (value) => {
    if (typeof value !== 'number') return null;
    const rounded = Math.round(value);
    if (!Number.isSafeInteger(rounded)) {
      onMisfit(column, 'left empty');
      return null;
    }
    // Nanoseconds come as milliseconds, whose last digit is noise.
    if (Math.abs(rounded - value) > 2 * Number.EPSILON * Math.abs(value)) onMisfit(column, 'rounded');
    return rounded;
  };
}
