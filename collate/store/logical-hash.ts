/**
 * One hash of all that the store says: the same for the same runs, whatever the order in which they came, and whatever numbers they
 * have. A row is its values as text, led by the run's uuid; rows are added up, so their order is no matter.
 */
import { createHash } from 'node:crypto';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import type { Database } from './database.ts';
import { plainTables, runPartTables } from './star.ts';
import { quoted, type SqlType } from './stored-column.ts';

/** A text is led by its length, so that no text can look like the end of another. */
function valueText(expression: string, type: SqlType): string {
  return type === 'VARCHAR'
    ? `coalesce(length(${expression}) || ':' || ${expression}, '~')`
    : `coalesce(${expression}::VARCHAR, '~')`;
}

function sums(values: readonly string[], from: string): string {
  const row = `concat(${values.join(", ',', ")})`;
  return `SELECT count(*), sum(md5_number_lower(row)), sum(md5_number_upper(row)) FROM (SELECT ${row} AS row FROM ${from})`;
}

function runTexts(database: Database): Promise<Array<[name: string, type: SqlType]>> {
  return database.connection
    .runAndReadAll(
      "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'flat' AND table_name = 'runs'",
    )
    .then((read) => read.getRowsJS().map(([name, type]) => [String(name), type === 'VARCHAR' ? 'VARCHAR' : 'DOUBLE']));
}

/** @returns 32 hexadecimal digits */
export async function logicalHash(database: Database): Promise<string> {
  const lines: string[] = [];
  const add = async (name: string, query: string) => {
    const read = await database.connection.runAndReadAll(query);
    lines.push(`${name} ${(read.getRowsJS()[0] ?? []).map(String).join(' ')}`);
  };
  const runs = await runTexts(database);
  await add(
    runsTable.name,
    sums(
      runs.map(([name, type]) => valueText(quoted(name), type)),
      `flat.${runsTable.name}`,
    ),
  );
  for (const { name, columns } of runPartTables) {
    if (name === runsTable.name) continue;
    const [, ...own] = columns;
    const values = own.map((column) => valueText(`t.${quoted(column.name)}`, column.type));
    await add(
      name,
      sums([valueText('r.uuid', 'VARCHAR'), ...values], `main.${name} t JOIN main.runs r USING (run_id)`),
    );
  }
  for (const { name, columns } of plainTables) {
    const values = columns.map((column) => valueText(quoted(column.name), column.type));
    await add(name, sums(values, `main.${name}`));
  }
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32);
}
