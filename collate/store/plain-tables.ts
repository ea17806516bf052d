/** The tables of hardware benchmarks and of sweeps: few rows, written anew when they change. */
import { createHash } from 'node:crypto';
import type { FoundHardwareLog } from '../../scripts/results/tables-made-anew.ts';
import { hardwareTable, sweepsTable } from '../../scripts/results/tables-made-anew.ts';
import { notesOfSweeps } from '../tables/csv.ts';
import type { Database } from './database.ts';
import { markSmallTables } from './parquet.ts';
import { storedTable } from './star.ts';
import { byName, type Row, TableWriter } from './table-writer.ts';

/** @param facts of the store, which has the checksum of the rows that are there */
export async function writePlainTables(
  database: Database,
  output: string,
  hardware: readonly FoundHardwareLog[],
  facts: ReadonlyMap<string, string>,
): Promise<void> {
  await writeTable(database, hardwareTable.name, hardwareTable.rows(hardware), facts);
  await writeTable(database, sweepsTable.name, sweepsTable.rows(notesOfSweeps(output)), facts);
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
  await markSmallTables(database);
  await connection.run('COMMIT');
}
