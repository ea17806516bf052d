/** Some runs on their way into the store: all of them or none, in one transaction. */
import type { Run, TokenSink } from '../../scripts/results/run.ts';
import { type RunRow, runRow } from '../../scripts/results/runs/runs.ts';
import type { OfToken } from '../../scripts/workloads/questions/tables.ts';
import { tokensOf } from '../../scripts/workloads/questions/tables.ts';
import type { Database } from './database.ts';
import type { DimensionRows } from './dimension-rows.ts';
import { dimensions, factTables, storedTable } from './star.ts';
import type { StoredColumn } from './stored-column.ts';
import { byName, type OnMisfit, type Row, type SourcedColumn, TableWriter } from './table-writer.ts';
import { extraRunColumns, extraRunValues, storedTokenColumns } from './token-columns.ts';

/** The rows of a run, but for its tokens. */
export interface RunRows {
  readonly run: RunRow;
  /** Columns of `runs` that no CSV file has. */
  readonly extra: Row;
  readonly parts: ReadonlyArray<readonly [table: string, rows: readonly Row[]]>;
}

export function rowsOfRun(run: Run): RunRows {
  return {
    run: runRow(run),
    extra: extraRunValues(run),
    parts: factTables.map(({ name, rows }) => [name, rows(run)]),
  };
}

interface RunParts extends Pick<RunRows, 'extra'> {
  readonly run: Row;
  /** Of the dimensions. */
  readonly keys: Row;
}

function ofRunParts(column: StoredColumn): SourcedColumn<RunParts> {
  const { name } = column;
  if (dimensions.some(({ key }) => key === name)) return { ...column, of: ({ keys }) => keys[name] ?? null };
  if (extraRunColumns.some((extra) => extra.name === name))
    return { ...column, of: ({ extra }) => extra[name] ?? null };
  return { ...column, of: ({ run }) => run[name] ?? null };
}

export class Batch {
  readonly #database: Database;
  readonly #dimensions: DimensionRows;
  readonly #writers = new Map<string, TableWriter<Row>>();
  #tokens: TableWriter<OfToken> | undefined;
  #runs: TableWriter<RunParts> | undefined;
  /** The run that is being read. */
  readonly #current: { runId: number };
  #tokenCount = 0;
  readonly #touched = new Set<string>(['runs']);

  private constructor(database: Database, rows: DimensionRows, current: { runId: number }) {
    this.#database = database;
    this.#dimensions = rows;
    this.#current = current;
  }

  static async begin(database: Database, rows: DimensionRows, onMisfit: OnMisfit): Promise<Batch> {
    const current = { runId: 0 };
    const batch = new Batch(database, rows, current);
    await database.connection.run('BEGIN');
    const runId = { name: 'run_id', type: 'INTEGER', of: () => current.runId } as const;
    const open = async (name: string) => {
      const [, ...columns] = storedTable(name).columns;
      batch.#writers.set(name, await TableWriter.open(database, name, [runId, ...byName(columns)], onMisfit));
    };
    for (const { name } of factTables) await open(name);
    const [, ...runColumns] = storedTable('runs').columns;
    batch.#runs = await TableWriter.open(database, 'runs', [runId, ...runColumns.map(ofRunParts)], onMisfit);
    const tokenColumns: Array<SourcedColumn<OfToken>> = [runId, ...storedTokenColumns];
    batch.#tokens = await TableWriter.open(database, 'tokens', tokenColumns, onMisfit);
    return batch;
  }

  get tokenCount(): number {
    return this.#tokenCount;
  }

  /** Tables that got rows. */
  get touched(): readonly string[] {
    return [...this.#touched, ...(this.#tokenCount > 0 ? ['tokens'] : [])];
  }

  /** What is read from now on is of the run of this number. @returns takes its tokens */
  next(runId: number): TokenSink {
    this.#current.runId = runId;
    return (run, answer, tokens) => this.addTokens(tokensOf(run, answer, tokens));
  }

  addTokens(tokens: Iterable<OfToken>): void {
    for (const token of tokens) {
      this.#tokens?.add(token);
      this.#tokenCount++;
    }
  }

  /** The run itself, once all of its tokens were given. */
  add({ run, extra, parts }: RunRows): void {
    const keys = dimensions.map((dimension) => [dimension.key, this.#dimensions.keyOf(dimension, run)] as const);
    this.#runs?.add({ run, extra, keys: Object.fromEntries(keys) });
    for (const [table, rows] of parts) {
      if (rows.length > 0) this.#touched.add(table);
      for (const row of rows) this.#writers.get(table)?.add(row);
    }
  }

  /** @param also what belongs into the same transaction */
  async commit(also: () => Promise<void>): Promise<void> {
    for (const writer of this.#writers.values()) writer.finish();
    this.#tokens?.finish();
    this.#runs?.finish();
    await this.#dimensions.save();
    await also();
    await this.#database.connection.run('COMMIT');
  }
}
