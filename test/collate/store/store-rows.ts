/** What a store says, for tests. */
import { ask } from '../../../collate/store/answers.ts';
import { openForQuery } from '../../../collate/store/reading.ts';

export type StoreRow = Record<string, unknown>;

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
