/** The rows of runs.csv out of a store: its file wherever it lies, or its Parquet files. */
import { UserError } from '../../scripts/command-line/errors.ts';
import { type RunRow, runColumns, runsTable } from '../../scripts/results/runs/runs.ts';
import { isRow, type Value } from '../../scripts/results/table.ts';
import type { Database } from './database.ts';

/** As a CSV file has them: an empty text is an empty cell. @throws UserError for values that no run has */
export async function storedRuns({ connection }: Database, place: string): Promise<RunRow[]> {
  const read = await connection.runAndReadAll(`FROM flat.${runsTable.name}`);
  const names = read.columnNames();
  return read.getRowsJS().map((values) => {
    const row = Object.fromEntries(names.map((name, i) => [name, cellOf(values[i])]));
    if (isRow(row, runColumns)) return row;
    throw new UserError(`${place} has a run with values of other kinds`, {
      remedy: 'Make the store again from the raw logs: `npx tsx collate/store.ts fill --rebuild`.',
    });
  });
}

function cellOf(value: unknown): Value {
  if (typeof value === 'bigint') return Number(value);
  if (value === '') return null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
