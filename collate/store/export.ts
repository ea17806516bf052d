/** Tables and views of the store as files of their own. */
import { appendFileSync, existsSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { usageError } from '../../scripts/command-line/errors.ts';
import { makeFolder, nextPath } from '../../scripts/command-line/files/folders.ts';
import { withSuggestion } from '../../scripts/command-line/options.ts';
import type { Value } from '../../scripts/results/table.ts';
import { csvLine } from '../tables/csv.ts';
import { type Answer, type AnswerValue, ask } from './answers.ts';
import { type Database, databaseError } from './database.ts';
import { copyTo } from './parquet.ts';
import { requiredViews } from './standard-views.ts';
import { storedTables } from './star.ts';
import { quoted } from './stored-column.ts';

export const exportFormats = ['parquet', 'csv', 'json'] as const;
type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  output: string;
  format: ExportFormat;
  /** Folder that the files go to. */
  to: string;
  /** Tables and views; those of the star and of the requirement unless said otherwise. */
  tables?: readonly string[];
}

/** @returns paths of the files. @throws UserError for a table that is not there, or when nothing can be written */
export async function exportStore(
  database: Database,
  { output, format, to, tables }: ExportOptions,
): Promise<string[]> {
  refuseOwnFolder(output, to);
  const chosen = tables ?? [...storedTables.map(({ name }) => name), ...requiredViews];
  await requireKnown(database, chosen);
  makeFolder(to);
  const paths: string[] = [];
  for (const name of chosen) {
    const path = join(to, `${name}.${format}`);
    const sql = `FROM ${name.split('.').map(quoted).join('.')}`;
    try {
      if (format === 'parquet') await copyTo(database, sql, path);
      else await writeText(await ask(database, sql, output), path, format);
    } catch (error) {
      throw databaseError(error, path, 'writing');
    }
    paths.push(path);
  }
  return paths;
}

/** The tables of a collation lie there under the same names, and are not to be replaced. */
function refuseOwnFolder(output: string, to: string): void {
  const place = (path: string) => (existsSync(path) ? realpathSync(path) : resolve(path));
  if (place(to) !== place(output)) return;
  throw usageError(
    `${to} is the folder of results itself, whose tables have the same names`,
    'Name another folder with --to DIR.',
  );
}

async function requireKnown({ connection }: Database, names: readonly string[]): Promise<void> {
  const read = await connection.runAndReadAll(
    `SELECT DISTINCT CASE schema_name WHEN 'main' THEN table_name ELSE schema_name || '.' || table_name END
      FROM duckdb_columns() WHERE NOT internal AND schema_name IN ('main', 'flat')`,
  );
  const known = read.getRowsJS().map(([name]) => String(name));
  for (const name of names) {
    if (known.includes(name)) continue;
    throw usageError(
      withSuggestion(`the store has no table or view "${name}"`, name, known),
      `There are: ${known.sort().join(', ')}.`,
    );
  }
}

/** Whole or not at all, some rows at a time. */
async function writeText({ columns, rows }: Answer, path: string, format: 'csv' | 'json'): Promise<void> {
  const next = nextPath(path);
  rmSync(next, { force: true });
  try {
    writeFileSync(next, format === 'csv' ? csvLine(columns) : '[', { flag: 'wx' });
    let isFirst = true;
    for await (const some of rows) {
      const lines = some.map((row) => {
        if (format === 'csv') return csvLine(row.map(cellOf));
        const line = `${isFirst ? '\n' : ',\n'}${JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i]])))}`;
        isFirst = false;
        return line;
      });
      appendFileSync(next, lines.join(''));
    }
    if (format === 'json') appendFileSync(next, '\n]\n');
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** A list or an object is JSON in a cell. */
export function cellOf(value: AnswerValue): Value {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
