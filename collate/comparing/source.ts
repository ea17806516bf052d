/**
 * What a word on the command line stands for: a folder of results or a store with conditions behind it, or runs of one folder by their
 * tag, session, sweep, commit or date. What holds results otherwise joins the list here.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, UserError, usageError } from '../../scripts/command-line/errors.ts';
import { type RunRow, runsTable } from '../../scripts/results/runs/runs.ts';
import { type Database, storePath } from '../store/database.ts';
import { openForQuery, openParquet, storedParquet } from '../store/reading.ts';
import { storedRuns } from '../store/stored-runs.ts';
import { readTable } from '../tables/read.ts';
import { type Condition, conditionsOf, conditionText, rowsWhere } from './filter.ts';

export interface Source {
  /** As the person chose it: 'results/before', 'tag before in results'. */
  words: string;
  /** Folder of results. */
  folder: string;
  rows: readonly RunRow[];
  conditions: readonly Condition[];
}

/**
 * @param word as typed
 * @param output folder in which a tag, a session, a sweep, a commit or a date is looked for
 * @param where conditions beside those of the word
 * @throws UserError for a word that stands for nothing or for several things, and where no run is left
 */
export async function sourceOf(word: string, output: string, where: readonly Condition[] = []): Promise<Source> {
  const found = (await placeOf(word)) ?? { ...(await selected(word, output)), conditions: [] };
  const conditions = distinct([...found.conditions, ...where]);
  const rows = rowsWhere(found.rows, conditions);
  const words = conditions.length === 0 ? found.words : `${found.words} with ${conditionText(conditions)}`;
  if (rows.length === 0) throw noRuns(words, found.rows, conditions);
  return { words, folder: found.folder, rows, conditions };
}

/** A condition may stand behind the place and beside it. */
function distinct(conditions: readonly Condition[]): Condition[] {
  return [...new Map(conditions.map((condition) => [`${condition.column}=${condition.value}`, condition])).values()];
}

async function placeOf(word: string): Promise<Source | undefined> {
  const whole = await wholePlace(word);
  if (whole !== undefined) return { ...whole, conditions: [] };
  const at = word.indexOf('?');
  if (at < 1) return undefined;
  const place = await wholePlace(word.slice(0, at));
  return place === undefined ? undefined : { ...place, conditions: conditionsOf(word.slice(at + 1)) };
}

async function wholePlace(path: string): Promise<Omit<Source, 'conditions'> | undefined> {
  if (isFolder(path)) return { words: path, folder: path, rows: (await runsIn(path)) ?? readTable(path, runsTable) };
  if (!path.endsWith('.duckdb') || !existsSync(path)) return undefined;
  const folder = dirname(path);
  return { words: path, folder, rows: await inDatabase(await openForQuery(folder, 'none', path), path) };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Of its tables; where it has none, of its store or of the Parquet files of one; undefined where there is nothing of these. */
async function runsIn(folder: string): Promise<RunRow[] | undefined> {
  if (existsSync(join(folder, runsTable.file))) return readTable(folder, runsTable);
  if (existsSync(storePath(folder))) return await inDatabase(await openForQuery(folder), storePath(folder));
  const parquet = storedParquet(folder);
  return parquet === undefined ? undefined : await inDatabase(await openParquet(parquet, 'none'), parquet);
}

async function inDatabase(database: Database, place: string): Promise<RunRow[]> {
  try {
    return await storedRuns(database, place);
  } finally {
    database.close();
  }
}

type Matches = (row: RunRow) => boolean;

/** How runs of one folder are named. @returns undefined for a word that is no such name */
const kinds: Readonly<Record<string, (value: string) => Matches | undefined>> = {
  tag: (value) => (row) => row.tag === value,
  session: (value) => (/^[0-9a-f-]{6,36}$/.test(value) ? (row) => row.session?.startsWith(value) === true : undefined),
  sweep: (value) => (row) => row.sweep === value,
  revision: (value) => {
    const known = [...commitsOf(value), ...(/^[0-9a-f]{7,40}(\+changes)?$/.test(value) ? [value] : [])];
    return known.length === 0
      ? undefined
      : (row) => known.some((commit) => row.suite_revision?.startsWith(commit) === true);
  },
  date: (value) => {
    const range = rangeOf(value);
    return range === undefined ? undefined : (row) => row.started_at !== null && range(row.started_at);
  },
};

/** The kind may stand before it, as in `tag:before`. */
async function selected(word: string, output: string): Promise<Omit<Source, 'conditions'>> {
  const all = await runsIn(output);
  if (all === undefined) throw nothingThere(word, output);
  const [, named = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(word) ?? [];
  const explicit = named in kinds;
  const [wanted, value] = explicit ? [[named], rest] : [Object.keys(kinds), word];
  const found = wanted.flatMap((kind) => {
    const matches = kinds[kind]?.(value);
    const rows = matches === undefined ? [] : all.filter(matches);
    return rows.length === 0 ? [] : [{ kind, rows }];
  });
  const [first, second] = found;
  if (first === undefined) throw nothingNamed(word, output, all);
  if (second !== undefined) {
    throw usageError(
      `"${word}" is a ${first.kind} and a ${second.kind} of ${output}`,
      `Say which: ${first.kind}:${word} or ${second.kind}:${word}.`,
    );
  }
  return { words: `${first.kind} ${value} in ${output}`, folder: output, rows: first.rows };
}

/** The commit that git knows under this name (a branch, a tag, `HEAD~1`), in the history of the suite itself. */
function commitsOf(name: string): string[] {
  const suite = fileURLToPath(new URL('../../', import.meta.url));
  const words = ['-C', suite, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  try {
    return [execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()];
  } catch {
    return [];
  }
}

const instant = /^\d{4}-\d{2}-\d{2}(T\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?$/;

/** `2026-11-30`, `2026-11-01..2026-11-30`, `2026-11-30T12..`: UTC, both ends included as far as they are written. */
function rangeOf(text: string): ((startedAt: string) => boolean) | undefined {
  const [from = '', to = from, ...more] = text.split('..');
  const isBound = (bound: string) => bound === '' || instant.test(bound);
  if (more.length > 0 || (from === '' && to === '') || !isBound(from) || !isBound(to)) return undefined;
  return (startedAt) => startedAt >= from && (to === '' || startedAt.slice(0, to.length) <= to);
}

function nothingThere(word: string, output: string): UserError {
  return new UserError(
    `"${word}" is neither a folder nor a store, and ${output} has no tables in which it could be a tag, a commit or a date`,
    {
      exitCode: exitCodes.missing,
      remedy:
        'Name two folders of results, or the folder with both in it: --output DIR. New logs are collated first: npx tsx collate/all.ts.',
    },
  );
}

const mostNamed = 5;

function nothingNamed(word: string, output: string, rows: readonly RunRow[]): UserError {
  const known = (['tag', 'sweep', 'session', 'suite_revision'] as const).flatMap((column) => {
    const values = [...new Set(rows.flatMap((row) => row[column] ?? []))];
    if (values.length === 0) return [];
    const more = values.length > mostNamed ? ', ...' : '';
    return [`${column.replace('suite_', '')} ${values.slice(-mostNamed).join(', ')}${more}`];
  });
  return new UserError(
    `"${word}" is neither a folder nor a store, and no tag, session, sweep, commit or date of a run in ${output}`,
    {
      exitCode: exitCodes.missing,
      remedy: `In ${output} are: ${known.join('; ') || `${rows.length} runs without a name`}.`,
    },
  );
}

function noRuns(words: string, rows: readonly RunRow[], conditions: readonly Condition[]): UserError {
  const said = [...new Set(conditions.map(({ column }) => column))].map((column) => {
    const values = [...new Set(rows.map((row) => `${row[column] ?? ''}`))].filter((value) => value.length < 100);
    return `${column} is ${values.slice(0, mostNamed).join(', ')}${values.length > mostNamed ? ', ...' : ''}`;
  });
  return new UserError(`there is no run in ${words}`, {
    exitCode: exitCodes.missing,
    remedy: conditions.length === 0 ? 'Measure first, and collate.' : `In its runs ${said.join('; ')}.`,
  });
}
