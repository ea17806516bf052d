/** How much there is in the store. */
import type { Database } from './database.ts';
import { storedTables } from './star.ts';
import { quoted } from './stored-column.ts';

export interface StoreCounts {
  /** Rows by table. */
  rows: Record<string, number>;
  /** Runs by how they ended. */
  runs: Record<string, number>;
}

export async function storeCounts({ connection }: Database): Promise<StoreCounts> {
  const rows: Record<string, number> = {};
  for (const { name } of storedTables) {
    const read = await connection.runAndReadAll(`SELECT count(*) FROM main.${quoted(name)}`);
    rows[name] = Number(read.getRowsJS()[0]?.[0] ?? 0);
  }
  const read = await connection.runAndReadAll('SELECT status, count(*) FROM main.runs GROUP BY status ORDER BY status');
  const runs = Object.fromEntries(read.getRowsJS().map(([status, count]) => [String(status), Number(count)]));
  return { rows, runs };
}
