/** The tables of hardware benchmarks, of sweeps and of other tools' results: few rows, written anew when they change. */
import { createHash } from 'node:crypto';
import { foreignFiles } from '../../scripts/log/foreign-file.ts';
import { foreignTable } from '../../scripts/results/foreign-table.ts';
import type { Value } from '../../scripts/results/table.ts';
import type { FoundHardwareLog } from '../../scripts/results/tables-made-anew.ts';
import { hardwareTable, sweepsTable } from '../../scripts/results/tables-made-anew.ts';
import { notesOfSweeps } from '../tables/csv.ts';
import { parquetSources, rowsIn } from './adoption.ts';
import type { Database } from './database.ts';
import { markStale } from './stale-parts.ts';
import { sqlName, storedTable } from './star.ts';
import { quoted } from './stored-column.ts';
import { byName, type Row, TableWriter } from './table-writer.ts';

/** @param facts of the store, which has the checksum of the rows that are there */
export async function writePlainTables(
  database: Database,
  output: string,
  hardware: readonly FoundHardwareLog[],
  facts: ReadonlyMap<string, string>,
): Promise<void> {
  const own = [
    [hardwareTable.name, hardwareTable.rows(hardware)],
    [sweepsTable.name, sweepsTable.rows(notesOfSweeps(output))],
    [foreignTable.name, foreignTable.rows(foreignFiles(output).files)],
  ] as const;
  for (const [name, rows] of own) {
    const table = sqlName(name);
    await writeTable(database, table, await withMerged(database, table, rows, parquetSources(output)), facts);
  }
}

/** With the rows of stores that came as Parquet files, each row once. */
async function withMerged(
  database: Database,
  name: string,
  own: readonly Row[],
  sources: readonly string[],
): Promise<Row[]> {
  const { columns } = storedTable(name);
  const rows = new Map(own.map((row) => [JSON.stringify(columns.map((column) => row[column.name] ?? null)), row]));
  for (const source of sources) {
    const list = columns.map((column) => quoted(column.name)).join(', ');
    const read = await database.connection.runAndReadAll(`SELECT ${list} FROM ${rowsIn(source, name)}`);
    for (const values of read.getRowsJS().map((row) => row.map(storedValue))) {
      const key = JSON.stringify(values);
      if (!rows.has(key))
        rows.set(key, Object.fromEntries(columns.map((column, i) => [column.name, values[i] ?? null])));
    }
  }
  return [...rows.values()];
}

function storedValue(value: unknown): Value {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

async function writeTable(
  database: Database,
  name: string,
  rows: readonly Row[],
  facts: ReadonlyMap<string, string>,
): Promise<void> {
  const { connection } = database;
  const fact = `rows of ${name}`;
  const checksum = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  if (facts.get(fact) === checksum) return;
  await connection.run('BEGIN');
  await connection.run(`DELETE FROM main.${name}`);
  const writer = await TableWriter.open(database, name, byName(storedTable(name).columns), () => {});
  for (const row of rows) writer.add(row);
  writer.finish();
  await connection.run('DELETE FROM store.facts WHERE name = $1', [fact]);
  await connection.run('INSERT INTO store.facts VALUES ($1, $2)', [fact, checksum]);
  await markStale(database, [name]);
  await connection.run('COMMIT');
}
