/** Which Parquet files are older than their tables: noted in the transaction of each change, so that no death loses it. */
import type { Database } from './database.ts';
import { literal } from './stored-column.ts';

/** Runs whose numbers share a part of the Parquet files. */
const runsPerPart = 512;

export interface Part {
  readonly table: string;
  /** 0 for a table that has one file. */
  readonly part: number;
}

/** Numbers of runs in a part, both included. */
export function runsOfPart(part: number): [first: number, last: number] {
  return [part * runsPerPart, (part + 1) * runsPerPart - 1];
}

/** In the caller's transaction. @param runs numbers of runs whose rows were added or removed; absent for tables of one file */
export async function markStale(
  { connection }: Database,
  tables: Iterable<string>,
  runs: readonly number[] = [0],
): Promise<void> {
  const parts = new Set(runs.map((run) => Math.floor(run / runsPerPart)));
  const rows = [...tables].flatMap((table) => [...parts].map((part) => `(${literal(table)}, ${part})`));
  if (rows.length > 0) await connection.run(`INSERT INTO store.stale_parts VALUES ${rows.join(', ')}`);
}

export async function staleParts({ connection }: Database): Promise<Part[]> {
  const read = await connection.runAndReadAll('SELECT DISTINCT name, part FROM store.stale_parts ORDER BY name, part');
  return read.getRowsJS().map(([table, part]) => ({ table: String(table), part: Number(part) }));
}

/** Parts in which there are runs, and the first. */
export async function usedParts({ connection }: Database): Promise<number[]> {
  const read = await connection.runAndReadAll(
    `SELECT DISTINCT run_id // ${runsPerPart} AS part FROM main.runs UNION SELECT 0 ORDER BY part`,
  );
  return read.getRowsJS().map(([part]) => Number(part));
}
