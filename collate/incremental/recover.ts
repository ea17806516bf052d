/**
 * Before anything is appended: are the tables what the ledger says they are? A killed collation is put right without a
 * word; a table that somebody edited is left alone, with one clear line; a ledger that is not ours is not believed.
 */
import { existsSync, lstatSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../scripts/command-line/errors.ts';
import { nextPath } from '../../scripts/command-line/files/folders.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { runTables } from '../../scripts/results/tables.ts';
import { type LogFile, targetOf } from '../logs/find.ts';
import { fileChecksum } from '../logs/lines.ts';
import { readTable, rebuildRemedy } from '../tables/read.ts';
import {
  columnsChecksum,
  emptyLedger,
  type FoundLedger,
  type Ledger,
  ledgerPath,
  loadLedger,
  saveLedger,
  type TableState,
} from './ledger.ts';
import { cut } from './table-file.ts';

/**
 * Tables of a version with other columns, or with a ledger that cannot be believed, are made again, unless that would
 * lose runs.
 * @param remarks gets the reason
 * @throws UserError when logs of runs in the tables are gone
 */
export function startFrom(output: string, before: FoundLedger, files: readonly LogFile[], remarks: string[]): Ledger {
  const found = new Set(files.flatMap(({ log, refused }) => (refused === undefined ? [log] : [])));
  switch (before.kind) {
    case 'none':
      return emptyLedger();
    case 'distrusted':
      refuseLosses(output, lostRuns(output, found), `${ledgerPath(output)} is not trusted (${before.reason})`);
      remarks.push(`all tables made again: ${ledgerPath(output)} is not trusted, because ${before.reason}`);
      return emptyLedger();
    case 'ledger': {
      const { ledger } = before;
      if (ledger.columns === columnsChecksum()) return ledger;
      const lost = ledger.logs.filter((entry) => entry.status !== null && !found.has(entry.log)).length;
      refuseLosses(output, lost, 'the tables were made by a version with other columns');
      return emptyLedger();
    }
    default:
      return before satisfies never;
  }
}

function refuseLosses(output: string, lost: number, because: string): void {
  if (lost === 0) return;
  throw new UserError(`${because}, and the logs of ${lost} of the runs in the tables are gone`, {
    remedy: `Keep a copy of the tables, then: ${rebuildRemedy(output)}`,
  });
}

/** Runs whose rows could not be made again. A table that cannot be read has none that anybody could miss. */
function lostRuns(output: string, found: ReadonlySet<string>): number {
  try {
    return readTable(output, runsTable).filter(({ log }) => log === null || !found.has(log)).length;
  } catch {
    return 0;
  }
}

/**
 * @param interrupted the collation before this one was killed
 * @returns the ledger that the tables agree with; none where there are no tables
 * @throws UserError when a table was edited, or is there without a ledger
 */
export function recover(output: string, interrupted: boolean): FoundLedger {
  const found = loadLedger(output);
  if (found.kind === 'none') refuseUnknownTables(output);
  if (found.kind === 'ledger') renamePending(output, found.ledger);
  removeLeftovers(output);
  return found.kind === 'ledger' ? comparedWithTables(output, found.ledger, interrupted) : found;
}

function comparedWithTables(output: string, ledger: Ledger, interrupted: boolean): FoundLedger {
  const tables = Object.entries(ledger.tables).map(([table, state]) => {
    const path = join(output, table);
    return { path, state, condition: conditionOf(path, state, interrupted) };
  });
  if (tables.every(({ condition }) => condition === 'gone')) return { kind: 'none' };
  // One table may have been edited; that all were is less likely than that the ledger came from another folder.
  if (tables.every(({ condition }) => condition === 'gone' || condition === 'other')) {
    return { kind: 'distrusted', reason: 'none of the tables here is one that it describes' };
  }
  for (const { path, condition } of tables) {
    if (condition === 'gone') {
      throw new UserError(`${path} is gone, but the other tables are there`, { remedy: rebuildRemedy(output) });
    }
    if (condition === 'other') {
      throw new UserError(`${path} was changed by something else since it was collated`, {
        remedy: `Keep a copy if the change matters. ${rebuildRemedy(output)}`,
      });
    }
  }
  const touched = tables.filter(({ condition }) => condition !== 'untouched');
  for (const { path, state, condition } of touched) {
    if (condition === 'half') cut(path, state.bytes);
    state.mtimeMs = statSync(path).mtimeMs;
  }
  if (touched.length > 0) saveLedger(output, ledger);
  return { kind: 'ledger', ledger };
}

type Condition =
  | 'untouched'
  /** Right, but its time of change is not the one in the ledger. */
  | 'copied'
  /** Right, with rows behind its end that a killed collation left. */
  | 'half'
  | 'other'
  | 'gone';

function conditionOf(path: string, { bytes, mtimeMs, crc }: TableState, interrupted: boolean): Condition {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return 'gone';
  const stats = targetOf(path);
  if (!stats?.isFile()) return 'other';
  if (stats.size === bytes && stats.mtimeMs === mtimeMs) return 'untouched';
  const half = interrupted && stats.size > bytes;
  if ((stats.size !== bytes && !half) || fileChecksum(path, bytes) !== crc) return 'other';
  return half ? 'half' : 'copied';
}

/** Once the ledger was saved, the tables beside their places are complete: a collation may have died between two renames. */
export function renamePending(output: string, ledger: Ledger): void {
  if (ledger.pending.length === 0) return;
  for (const table of ledger.pending) {
    const next = nextPath(join(output, table));
    if (existsSync(next)) renameSync(next, join(output, table));
  }
  ledger.pending = [];
  saveLedger(output, ledger);
}

/** What killed collations wrote beside the tables. */
export function removeLeftovers(output: string): void {
  for (const name of readdirSync(output)) {
    if (/^\..+\.csv\.next$/.test(name)) rmSync(join(output, name), { force: true });
  }
  rmSync(nextPath(ledgerPath(output)), { force: true });
}

function refuseUnknownTables(output: string): void {
  for (const { file } of runTables) {
    const path = join(output, file);
    if (!existsSync(path)) continue;
    throw new UserError(`${path} is there, but not the ledger that says which logs are in it (${ledgerPath(output)})`, {
      remedy: rebuildRemedy(output),
    });
  }
}
