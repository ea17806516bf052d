/** The store of a folder, opened to be asked: nothing in it changes. While it is being filled, its Parquet files answer. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missingError, UserError } from '../../scripts/command-line/errors.ts';
import { scriptLine } from '../../scripts/command-line/shell-line.ts';
import { warn } from '../../scripts/command-line/terminal.ts';
import {
  type Database,
  databaseError,
  isInUse,
  openForReading,
  openInMemory,
  restrict,
  storePath,
  walPath,
} from './database.ts';
import { flatViews } from './flat-views.ts';
import { tryOpening } from './opening.ts';
import { parquetFolder } from './parquet.ts';
import { viewStatements } from './standard-views.ts';
import { storedTables, tablesVersion } from './star.ts';
import { readFacts } from './store-facts.ts';
import { literal, quoted } from './stored-column.ts';

/** What statements may touch beside the tables: nothing, or any file, for a program that writes some. */
export type Reach = 'none' | 'any';

/**
 * @param path of the file, where it does not lie in its folder of results
 * @throws UserError when there is no store, or it cannot be read
 */
export async function openForQuery(output: string, reach: Reach = 'none', path = storePath(output)): Promise<Database> {
  if (!existsSync(path)) {
    throw missingError(
      `there is no store in ${output} yet`,
      `Make it from the raw logs: \`${scriptLine('collate/store.ts', output, 'fill')}\`.`,
    );
  }
  // What a killed process left is put right in memory, which a damaged file may not survive.
  const trial = existsSync(walPath(path)) ? await tryOpening(path, 'READ_ONLY') : ({ kind: 'opens' } as const);
  if (trial.kind === 'damaged') throw damaged(output, path, trial.reason);
  try {
    if (trial.kind === 'hindered') throw trial.error;
    const database = await sameVersion(await openForReading(path), output, path);
    if (reach === 'none') await restrict(database);
    return database;
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (!isInUse(error)) throw damaged(output, path, databaseError(error, path, 'opening').message);
    const parquet = storedParquet(output);
    if (parquet === undefined) throw databaseError(error, path, 'opening');
    warn(`${databaseError(error, path, 'opening').message}: its Parquet files answer, which may lack the newest runs`);
    return await openParquet(parquet, reach);
  }
}

function damaged(output: string, path: string, reason: string): UserError {
  return new UserError(`${path} cannot be read: ${reason}`, { remedy: anewRemedy(output, path) });
}

/** A copy that lies elsewhere has no raw logs beside it. */
function anewRemedy(output: string, path: string): string {
  return path === storePath(output)
    ? `Make it again from the raw logs: \`${scriptLine('collate/store.ts', output, 'fill')}\`.`
    : 'Copy the store again from its folder of results, filled by this version, or name that folder.';
}

async function sameVersion(database: Database, output: string, path: string): Promise<Database> {
  const version = await readFacts(database).then(
    (facts) => facts.get('tables'),
    () => undefined,
  );
  if (version === tablesVersion) return database;
  database.close();
  throw new UserError(`${path} was written by a version with other columns, or is no store of Tokenlap`, {
    remedy: anewRemedy(output, path),
  });
}

/** Where the Parquet files of a store are, in a folder of results or of an export; undefined where a table has none. */
export function storedParquet(folder: string): string | undefined {
  // Of a table: a file, or a folder of parts.
  const isThere = (place: string, name: string) =>
    [join(place, `${name}.parquet`), join(place, name)].some((path) => existsSync(path));
  return [parquetFolder(folder), folder].find((place) => storedTables.every(({ name }) => isThere(place, name)));
}

/** The tables and views of a store over the Parquet files of a folder: a file or a folder a table. @throws what DuckDB says */
export async function openParquet(folder: string, reach: Reach): Promise<Database> {
  const database = await openInMemory();
  const { connection } = database;
  try {
    for (const { name } of storedTables) {
      const file = join(folder, `${name}.parquet`);
      const files = literal(existsSync(file) ? file : join(folder, name, '*.parquet'));
      await connection.run(`CREATE VIEW main.${quoted(name)} AS SELECT * FROM read_parquet(${files})`);
    }
    for (const view of [...flatViews, ...viewStatements]) await connection.run(view);
    if (reach === 'none') {
      await connection.run(`SET allowed_directories = [${literal(folder)}]`);
      await restrict(database);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
