/** The store of a folder, opened for a fill: as it is, or made again where it is damaged or of another version. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { oneLine } from '../../scripts/command-line/errors.ts';
import {
  type Database,
  databaseError,
  isInUse,
  openForWriting,
  removeDatabase,
  storePath,
  withoutStack,
} from './database.ts';
import { flatViews } from './flat-views.ts';
import { setAside, type Trial, tryOpening } from './opening.ts';
import { viewStatements } from './standard-views.ts';
import { tableStatements, tablesVersion } from './star.ts';
import { readFacts, saveFact } from './store-facts.ts';
import { literal } from './stored-column.ts';

const views = [...flatViews, ...viewStatements];
const viewsVersion = createHash('sha256').update(views.join('\n')).digest('hex').slice(0, 16);

/** @param remarks gets the reason where the store was made again */
export async function openStore(output: string, rebuild: boolean, remarks: string[]): Promise<Database> {
  const path = storePath(output);
  // A process that was killed at once has left an empty file.
  if (rebuild || (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return await created(path);
  const trial = await trialOf(path);
  switch (trial.kind) {
    case 'hindered':
      throw databaseError(trial.error, path, 'opening');
    case 'damaged':
      return await rebuiltBecause(new Error(trial.reason), output, remarks);
    case 'opens':
      return await opened(path, output, remarks);
    default:
      return trial satisfies never;
  }
}

/** How long the trial of a fill that was killed may go on without it. */
const longestOrphanMs = 5000;
const pauseMs = 100;

/** The lock of the folder is ours, so that who has the file is no other fill. */
async function trialOf(path: string): Promise<Trial> {
  for (const begun = performance.now(); ; await delay(pauseMs)) {
    const trial = await tryOpening(path, 'READ_WRITE');
    const waits = trial.kind === 'hindered' && isInUse(trial.error) && performance.now() - begun < longestOrphanMs;
    if (!waits) return trial;
  }
}

async function opened(path: string, output: string, remarks: string[]): Promise<Database> {
  let database: Database;
  try {
    database = await openForWriting(path);
  } catch (error) {
    throw databaseError(error, path, 'opening');
  }
  const version = await readFacts(database).then(
    (facts) => facts.get('tables'),
    () => null,
  );
  if (version === tablesVersion) {
    await renewViews(database);
    return database;
  }
  const isEmpty = version === null && (await hasNoTables(database));
  database.close();
  // A process that was killed while it made the store left it so.
  if (isEmpty) return await created(path);
  if (version === null) return await rebuiltBecause(new Error('it is no store of Tokenlap'), output, remarks);
  removeDatabase(path);
  remarks.push('the store was made again: it was written by a version with other columns');
  return await created(path);
}

/** Moves the damaged file out of the way and begins an empty one. */
export async function rebuiltBecause(damage: unknown, output: string, remarks: string[]): Promise<Database> {
  const aside = setAside(output);
  remarks.push(
    `the store was made again from the raw logs: ${withoutStack(oneLine(damage))}; the damaged file is ${aside} now`,
  );
  return await created(storePath(output));
}

async function created(path: string): Promise<Database> {
  // What a store that is gone has left would be taken for changes of the new one.
  removeDatabase(path);
  try {
    const database = await openForWriting(path);
    try {
      await inTransaction(database, [
        ...tableStatements,
        `INSERT INTO store.facts VALUES ('tables', ${literal(tablesVersion)})`,
      ]);
      await renewViews(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw databaseError(error, path, 'making');
  }
}

async function hasNoTables({ connection }: Database): Promise<boolean> {
  const read = await connection.runAndReadAll('SELECT count(*) FROM duckdb_tables()');
  return read.getRowsJS()[0]?.[0] === 0n;
}

async function renewViews(database: Database): Promise<void> {
  const facts = await readFacts(database);
  if (facts.get('views') === viewsVersion) return;
  const old = await database.connection.runAndReadAll(
    "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'",
  );
  const drop = old.getRowsJS().map(([, view]) => `DROP VIEW IF EXISTS main."${view}"`);
  await inTransaction(database, [...drop, 'DROP SCHEMA IF EXISTS flat CASCADE', ...views]);
  await saveFact(database, 'views', viewsVersion);
}

async function inTransaction({ connection }: Database, statements: readonly string[]): Promise<void> {
  await connection.run('BEGIN');
  for (const statement of statements) await connection.run(statement);
  await connection.run('COMMIT');
}
