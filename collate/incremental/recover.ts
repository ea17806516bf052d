/**
 * Before anything is appended: are the tables what the ledger says they are? A killed collation is put right without a
 * word; a table that somebody edited is left alone, with one clear line.
 */

import { existsSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../scripts/command-line/errors.ts';
import { fileChecksum } from '../logs/lines.ts';
import { rebuildRemedy } from '../tables/rebuild-remedy.ts';
import { fixedTables } from '../tables/table-names.ts';
import { type Ledger, ledgerPath, loadLedger, saveLedger, type TableState } from './ledger.ts';
import { nextPath } from './table-file.ts';

/**
 * @param interrupted the collation before this one was killed
 * @returns the ledger that the tables agree with; null when there are no tables
 * @throws UserError when a table was edited, or is there without a ledger
 */
export function recover(output: string, interrupted: boolean): Ledger | null {
  const ledger = loadLedger(output);
  if (ledger === null) {
    refuseUnknownTables(output);
    removeLeftovers(output);
    return null;
  }
  finishRenames(output, ledger);
  removeLeftovers(output);
  const tables = Object.entries(ledger.tables);
  if (tables.every(([table]) => !existsSync(join(output, table)))) return null;
  let touched = false;
  for (const [table, state] of tables) {
    if (!restore(output, table, state, interrupted)) continue;
    touched = true;
    state.mtimeMs = statSync(join(output, table)).mtimeMs;
  }
  if (touched) saveLedger(output, ledger);
  return ledger;
}

/** True when the table is right, but its time of change is not the one in the ledger. */
function restore(output: string, table: string, state: TableState, interrupted: boolean): boolean {
  const path = join(output, table);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new UserError(`${path} is gone, but the other tables are there`, { remedy: rebuildRemedy(output) });
  if (stats.size === state.bytes && stats.mtimeMs === state.mtimeMs) return false;
  const half = interrupted && stats.size > state.bytes;
  if ((stats.size !== state.bytes && !half) || fileChecksum(path, state.bytes) !== state.crc) {
    throw new UserError(`${path} was changed by something else since it was collated`, {
      remedy: `Keep a copy if the change matters. ${rebuildRemedy(output)}`,
    });
  }
  if (half) truncateSync(path, state.bytes);
  return true;
}

/** The ledger was saved, so the tables beside their places are complete: the collation died between two renames. */
function finishRenames(output: string, ledger: Ledger): void {
  if (ledger.pending.length === 0) return;
  renamePending(output, ledger);
}

export function renamePending(output: string, ledger: Ledger): void {
  for (const table of ledger.pending) {
    const next = nextPath(output, table);
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
  rmSync(`${ledgerPath(output)}.next`, { force: true });
}

function refuseUnknownTables(output: string): void {
  for (const table of fixedTables) {
    const path = join(output, table);
    if (!existsSync(path)) continue;
    throw new UserError(`${path} is there, but not the ledger that says which logs are in it (${ledgerPath(output)})`, {
      remedy: rebuildRemedy(output),
    });
  }
}
