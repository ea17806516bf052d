/**
 * The tables of the store, derived from the one list of tables: what several runs share (host, model, framework, settings) stands once, in a
 * table of its own, and what a table repeats of its run stands in `runs` alone.
 */
import { createHash } from 'node:crypto';
import { foreignTable } from '../../scripts/results/foreign-table.ts';
import type { Run } from '../../scripts/results/run.ts';
import { type RunRow, runColumns, runsTable } from '../../scripts/results/runs/runs.ts';
import type { ColumnFacts, Value } from '../../scripts/results/table.ts';
import { runTables } from '../../scripts/results/tables.ts';
import { hardwareTable, sweepsTable } from '../../scripts/results/tables-made-anew.ts';
import { quoted, type StoredColumn, storedOf } from './stored-column.ts';
import { extraRunColumns, storedTokenColumns } from './token-columns.ts';

export interface StoredTable {
  readonly name: string;
  readonly columns: readonly StoredColumn[];
}

/** A table with rows of runs. Its first column is the number of the run. */
export interface FactTable extends StoredTable {
  /** Columns of the rows that are stored, without the number. */
  readonly own: readonly ColumnFacts[];
  /** All columns of the CSV file, in their order. */
  readonly all: readonly ColumnFacts[];
  readonly rows: (run: Run) => ReadonlyArray<Readonly<Record<string, Value>>>;
}

const dimensionColumns = {
  hosts: [
    'hostname',
    'username',
    'platform',
    'release',
    'cpu_model',
    'physical_cores',
    'memory_bytes',
    'hypervisor',
    'container',
    'usable_cores',
    'usable_cores_bound_by',
    'usable_memory_bytes',
  ],
  models: [
    'model',
    'model_source',
    'model_sha256',
    'model_root_sha256',
    'model_lineage',
    'model_bytes',
    'algorithm',
    'size',
    'size_class',
    'parameters',
    'active_parameters',
    'quantize',
    'weight_class',
    'bits_per_weight',
    'synthetic',
  ],
  frameworks: ['framework', 'framework_title', 'framework_version', 'framework_build', 'build_type', 'cpu_variant'],
  settings: [
    'workload',
    'measurement',
    'script',
    'asked_options',
    'quantize_asked',
    'device',
    'device_name',
    'threads',
    'gpu_layers',
    'context_tokens',
    'batch_tokens',
    'flash_attention',
    'kv_type',
    'activations',
    'spinning',
    'cpu_affinity',
    'precision_asked',
    'precision',
    'compile_asked',
    'compile',
    'beam',
    'device_count',
    'shard',
    'seed',
    'max_tokens',
    'temperature',
    'rounds_asked',
    'min_seconds',
    'n_prompt',
    'n_gen',
    'depth',
    'embed_batch_texts',
  ],
} as const satisfies Record<string, ReadonlyArray<keyof RunRow>>;

export interface Dimension extends StoredTable {
  readonly name: keyof typeof dimensionColumns;
  /** The number of a row, here and in `runs`. */
  readonly key: string;
  /** Columns of a run's row that stand here. */
  readonly of: ReadonlyArray<keyof RunRow>;
}

function dimension(name: keyof typeof dimensionColumns): Dimension {
  const key = `${name.slice(0, -1)}_id`;
  const of: ReadonlyArray<keyof RunRow> = dimensionColumns[name];
  const columns = of.map((column) => storedOf(runColumnOf(column)));
  return { name, key, of, columns: [{ name: key, type: 'INTEGER' }, ...columns] };
}

export const dimensions: readonly Dimension[] = [
  dimension('hosts'),
  dimension('models'),
  dimension('frameworks'),
  dimension('settings'),
];

/** The dimension in which a column of runs stands; undefined for a column of `runs` itself. */
export function dimensionOf(column: string): Dimension | undefined {
  return dimensions.find(({ of }) => of.some((name) => name === column));
}

const runKey: StoredColumn = { name: 'run_id', type: 'INTEGER' };

/** Columns that stand in `runs`. */
const ownRunColumns: readonly ColumnFacts[] = runColumns.filter(({ name }) => dimensionOf(name) === undefined);

const storedRuns: StoredTable = {
  name: runsTable.name,
  columns: [
    runKey,
    ...dimensions.map(({ key }): StoredColumn => ({ name: key, type: 'INTEGER' })),
    ...ownRunColumns.map(storedOf),
    ...extraRunColumns,
  ],
};

/** Generated tokens: millions of rows, so they have no key and no index. */
const storedTokens: StoredTable = { name: 'tokens', columns: [runKey, ...storedTokenColumns] };

/** All tables of runs but `runs` and `tokens`. */
export const factTables: readonly FactTable[] = runTables
  .filter(({ name }) => name !== runsTable.name)
  .map(({ name, columns, rows }): FactTable => {
    const all: readonly ColumnFacts[] = columns;
    const own = all.filter((column) => !isOfRun(column));
    return { name: sqlName(name), own, all, rows, columns: [runKey, ...own.map(storedOf)] };
  });

/** Whether `runs` has the very same column: same name, meaning and value. */
export function isOfRun(column: ColumnFacts): boolean {
  const columns: readonly ColumnFacts[] = runColumns;
  return columns.includes(column);
}

/** Few rows, made anew whenever they change. */
export const plainTables: readonly StoredTable[] = [hardwareTable, sweepsTable, foreignTable].map(
  ({ name, columns }): StoredTable => ({ name: sqlName(name), columns: columns.map((column) => storedOf(column)) }),
);

export const runPartTables: readonly StoredTable[] = [storedRuns, storedTokens, ...factTables];
export const smallTables: readonly StoredTable[] = [...dimensions, ...plainTables];
export const storedTables: readonly StoredTable[] = [...smallTables, ...runPartTables];

export function storedTable(name: string): StoredTable {
  const found = storedTables.find((table) => table.name === name);
  if (found === undefined) throw new TypeError(`the store has no table ${name}`);
  return found;
}

/** `accuracyItems` as a name in SQL, which does not tell capitals: `accuracy_items`. A keyword is none. */
export function sqlName(table: string): string {
  if (table === foreignTable.name) return 'foreign_results';
  return table.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

function runColumnOf(name: keyof RunRow): ColumnFacts {
  const found = runColumns.find((column) => column.name === name);
  if (found === undefined) throw new TypeError(`runs.csv has no column ${name}`);
  return found;
}

/** What the store keeps of its own: known logs, facts about itself, and which parts of the Parquet files are out of date. */
const bookkeeping = [
  'CREATE SCHEMA store',
  'CREATE TABLE store.facts (name VARCHAR, value VARCHAR)',
  'CREATE TABLE store.logs (log VARCHAR, uuid VARCHAR, entry VARCHAR)',
  'CREATE TABLE store.adopted (uuid VARCHAR, source VARCHAR)',
  'CREATE TABLE store.stale_parts (name VARCHAR, part INTEGER)',
] as const;

export const tableStatements: readonly string[] = [
  ...storedTables.map(
    ({ name, columns }) =>
      `CREATE TABLE ${quoted(name)} (${columns.map((column) => `${quoted(column.name)} ${column.type}`).join(', ')})`,
  ),
  ...bookkeeping,
];

/** Changes with every column: a store of another version is made anew. */
export const tablesVersion: string = createHash('sha256').update(tableStatements.join('\n')).digest('hex').slice(0, 16);
