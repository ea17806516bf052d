/** `store.ts info`: what is in the store, and the hash of all of it. */
import { statSync } from 'node:fs';
import { bytes } from '../../../scripts/command-line/format.ts';
import { program } from '../../../scripts/command-line/program.ts';
import { print, printJson, table } from '../../../scripts/command-line/terminal.ts';
import { defaults } from '../../../scripts/settings/defaults.ts';
import type { Database } from '../database.ts';
import { storePath } from '../database.ts';
import { logicalHash } from '../logical-hash.ts';
import { openForQuery } from '../reading.ts';
import { requiredViews, standardViews } from '../standard-views.ts';
import { storedTables, tablesVersion } from '../star.ts';
import { storeCounts } from '../store-counts.ts';

export function infoCommand() {
  return program('info', 'What is in the store: tables, views, rows, and one hash of everything.', [
    ['npx tsx collate/store.ts info', 'tables with their rows, views, hash'],
    ['npx tsx collate/store.ts info --json | jq .columns.latest_per_cell', 'the columns of a view'],
  ])
    .option('--output <dir>', 'folder with the store in it', defaults.output)
    .option('--json', 'print it as JSON, with all columns')
    .action(async ({ output, json = false }) => {
      const database = await openForQuery(output);
      try {
        const info = await infoOf(database, output);
        if (json) printJson(info);
        else print(infoText(info));
      } finally {
        database.close();
      }
    });
}

async function infoOf(database: Database, output: string) {
  const counts = await storeCounts(database);
  const read = await database.connection.runAndReadAll(
    `SELECT CASE schema_name WHEN 'main' THEN table_name ELSE schema_name || '.' || table_name END AS name, column_name
      FROM duckdb_columns() WHERE NOT internal AND schema_name IN ('main', 'flat') ORDER BY name, column_index`,
  );
  const columns: Record<string, string[]> = {};
  for (const [name, column] of read.getRowsJS()) {
    const known = columns[String(name)] ?? [];
    columns[String(name)] = [...known, String(column)];
  }
  return {
    store: storePath(output),
    bytes: statSync(storePath(output)).size,
    schema: tablesVersion,
    ...counts,
    logicalHash: await logicalHash(database),
    columns,
  };
}

function infoText({
  store,
  bytes: size,
  schema,
  rows,
  logicalHash: hash,
  columns,
}: Awaited<ReturnType<typeof infoOf>>): string {
  const flat = Object.keys(columns).filter((name) => name.startsWith('flat.'));
  return [
    `${store}: ${bytes(size)}, columns of version ${schema}`,
    '',
    table(
      ['table', 'rows', 'columns'],
      storedTables.map(({ name, columns: stored }) => [name, String(rows[name] ?? 0), String(stored.length)]),
    ),
    '',
    `Views: ${standardViews.join(', ')}`,
    `As in the requirement: ${requiredViews.join(', ')}`,
    `Rows of the CSV files: ${flat.join(', ')}`,
    'Columns of each: --json',
    '',
    `Logical hash: ${hash}`,
  ].join('\n');
}
