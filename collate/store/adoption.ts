/**
 * Runs that came as Parquet files of another store, without their logs. The files are kept in the folder of results as raw logs are, so
 * that the store can be made again; where there is a log of such a run, the log counts.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database.ts';
import { type RunNumbers, removeRuns } from './run-numbers.ts';
import { markStale } from './stale-parts.ts';
import { dimensions, runPartTables, storedTable } from './star.ts';
import { literal, quoted } from './stored-column.ts';

/** One folder a source, named by the logical hash of what is in it. */
export function mergedFolder(output: string): string {
  return join(output, 'merged');
}

/** Paths of the sources, in the order in which they count. */
export function parquetSources(output: string): string[] {
  const folder = mergedFolder(output);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'runs.parquet')));
  return names.sort().map((name) => join(folder, name));
}

export function rowsIn(source: string, table: string): string {
  return `read_parquet(${literal(join(source, `${table}.parquet`))})`;
}

/** Adds the runs of the sources that no log has, and removes those whose source is gone. @returns how many are new */
export async function adoptRuns(database: Database, numbers: RunNumbers, output: string): Promise<number> {
  const { connection } = database;
  const sources = parquetSources(output);
  const known = await connection.runAndReadAll('SELECT uuid, source FROM store.adopted');
  const adopted = new Map(known.getRowsJS().map(([uuid, source]) => [String(uuid), String(source)]));
  if (sources.length + adopted.size === 0) return 0;
  const owners = new Map<string, string>();
  for (const source of sources) {
    const read = await connection.runAndReadAll(`SELECT uuid FROM ${rowsIn(source, 'runs')} ORDER BY uuid`);
    for (const [uuid] of read.getRowsJS()) if (!owners.has(String(uuid))) owners.set(String(uuid), source);
  }
  const outdated = [...adopted].flatMap(([uuid, source]) => (owners.get(uuid) === source ? [] : [uuid]));
  const present = new Set(numbers.uuids());
  for (const uuid of outdated) present.delete(uuid);
  const wanted = [...owners].filter(([uuid]) => !present.has(uuid));
  if (outdated.length + wanted.length === 0) return 0;
  await connection.run('BEGIN');
  await removeRuns(database, numbers.take(outdated));
  for (const source of sources) {
    const uuids = wanted.flatMap(([uuid, owner]) => (owner === source ? [uuid] : []));
    if (uuids.length > 0) await adopt(database, numbers, source, uuids);
  }
  await connection.run('COMMIT');
  return wanted.length;
}

async function adopt(database: Database, numbers: RunNumbers, source: string, uuids: readonly string[]): Promise<void> {
  const { api, connection } = database;
  const added = uuids.map((uuid): [string, number] => [uuid, numbers.next()]);
  await connection.run('CREATE OR REPLACE TEMP TABLE arriving (uuid VARCHAR, run_id INTEGER)');
  await connection.run(
    'INSERT INTO arriving SELECT unnest($1), unnest($2)',
    [api.listValue(added.map(([uuid]) => uuid)), api.listValue(added.map(([, number]) => number))],
    [api.LIST(api.VARCHAR), api.LIST(api.INTEGER)],
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE renumbered AS SELECT s.run_id AS old_id, a.run_id
      FROM ${rowsIn(source, 'runs')} s JOIN arriving a USING (uuid)`,
  );
  for (const { name, key, columns } of dimensions) {
    const own = columns.filter((column) => column.name !== key).map((column) => quoted(column.name));
    const same = own.map((column) => `d.${column} IS NOT DISTINCT FROM s.${column}`).join(' AND ');
    await connection.run(
      `INSERT INTO main.${name} SELECT (SELECT coalesce(max(${key}), 0) FROM main.${name}) + row_number() OVER (), ${own.join(', ')}
        FROM (SELECT DISTINCT ${own.join(', ')} FROM ${rowsIn(source, name)}) s
        WHERE NOT EXISTS (SELECT 1 FROM main.${name} d WHERE ${same})`,
    );
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE ${name}_there AS SELECT s.${key} AS old_key, d.${key}
        FROM ${rowsIn(source, name)} s JOIN main.${name} d ON ${same}`,
    );
  }
  const keys = new Set(dimensions.map(({ key }) => key));
  for (const { name } of runPartTables) {
    const columns = storedTable(name).columns.map((column) => column.name);
    const values = columns.map((column) => {
      if (column === 'run_id') return 'n.run_id';
      const dimension = dimensions.find(({ key }) => key === column && name === 'runs');
      return dimension === undefined ? `s.${quoted(column)}` : `${dimension.name}_there.${column}`;
    });
    const joins = columns.some((column) => keys.has(column))
      ? dimensions.map((each) => ` JOIN ${each.name}_there ON ${each.name}_there.old_key = s.${each.key}`).join('')
      : '';
    await connection.run(
      `INSERT INTO main.${name} SELECT ${values.join(', ')}
        FROM ${rowsIn(source, name)} s JOIN renumbered n ON n.old_id = s.run_id${joins}`,
    );
  }
  await connection.run('INSERT INTO store.adopted SELECT uuid, $1 FROM arriving', [source]);
  await numbers.save(
    database,
    added,
    runPartTables.map(({ name }) => name),
  );
  await markStale(
    database,
    dimensions.map(({ name }) => name),
  );
}
