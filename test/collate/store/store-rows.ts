/** What a store and its Parquet files say, for tests. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { ask } from '../../../collate/store/answers.ts';
import { logicalHash } from '../../../collate/store/logical-hash.ts';
import { openForQuery } from '../../../collate/store/reading.ts';

type StoreRow = Record<string, unknown>;

export async function rowsOf(output: string, sql: string): Promise<StoreRow[]> {
  const database = await openForQuery(output);
  try {
    const { columns, rows } = await ask(database, sql, output);
    const all: StoreRow[] = [];
    for await (const some of rows) {
      for (const row of some) all.push(Object.fromEntries(columns.map((column, i) => [column, row[i]])));
    }
    return all;
  } finally {
    database.close();
  }
}

export async function hashOf(output: string): Promise<string> {
  const database = await openForQuery(output);
  try {
    return await logicalHash(database);
  } finally {
    database.close();
  }
}

/** Rows of all files of a folder, as a reader sees them that has nothing to do with DuckDB. */
export async function parquetRows(folder: string): Promise<StoreRow[]> {
  const all: StoreRow[] = [];
  for (const name of readdirSync(folder).sort()) {
    const file = await asyncBufferFromFile(join(folder, name));
    for (const row of await parquetReadObjects({ file, compressors })) all.push(plain(row));
  }
  return all;
}

function plain(row: StoreRow): StoreRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : (value ?? null)]),
  );
}
