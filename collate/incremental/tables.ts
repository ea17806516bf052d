/** The tables of one collation, opened as rows for them come along: appended to, or written anew where rows must go. */
import { closeSync, lstatSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenSink } from '../../scripts/results/run.ts';
import { runTables, tokensFile } from '../../scripts/results/tables.ts';
import type { FoundHardwareLog } from '../../scripts/results/tables-made-anew.ts';
import type { LogFile } from '../logs/find.ts';
import { capped } from '../logs/problem.ts';
import { readRun } from '../logs/read-run.ts';
import { headerChecksum } from '../logs/twins.ts';
import { wholeRun } from '../logs/whole-run.ts';
import { csvRow, writeTokens } from '../tables/csv.ts';
import { bytesIn, headerOf, type Ledger, type LedgerEntry, noRows, type RowCounts, type TableState } from './ledger.ts';
import { type ByteRange, isLinked, TableFile } from './table-file.ts';

export class Tables {
  readonly #output: string;
  readonly #old: Ledger;
  readonly #replaced: ReadonlySet<LedgerEntry>;
  readonly #open = new Map<string, TableFile>();
  readonly #links: string[] = [];

  /** @param old what is in the tables now; an empty ledger for a rebuild */
  constructor(output: string, old: Ledger, replaced: readonly LedgerEntry[]) {
    this.#output = output;
    this.#old = old;
    this.#replaced = new Set(replaced);
  }

  /** Opens every table that loses rows, and those that always exist. */
  openAffected(): void {
    for (const { file } of runTables) this.table(file);
    for (const entry of this.#replaced) {
      if (entry.framework !== null && (entry.rows.tokens ?? 0) > 0) this.table(tokensFile(entry.framework));
    }
  }

  table(name: string): TableFile {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const state = this.#old.tables[name];
    const linked = isLinked(join(this.#output, name));
    if (linked) this.#links.push(name);
    const loses = linked || [...this.#replaced].some((entry) => bytesIn(name, entry) > 0);
    const opened =
      state === undefined || loses
        ? TableFile.replace(this.#output, name, headerOf(name), state === undefined ? [] : this.#kept(name))
        : TableFile.append(this.#output, name, state);
    this.#open.set(name, opened);
    return opened;
  }

  /** Tables that were links, and are files of their own once they are finished: their targets are left as they were. */
  get links(): readonly string[] {
    return this.#links;
  }

  /** What the ledger has to know of them, and which of them wait beside their place. */
  finish(): { tables: Record<string, TableState>; pending: string[] } {
    const tables: Record<string, TableState> = { ...this.#old.tables };
    const pending: string[] = [];
    for (const [name, file] of this.#open) {
      tables[name] = file.finish();
      if (file.replaces) pending.push(name);
    }
    return { tables, pending };
  }

  abandon(): void {
    for (const [name, file] of this.#open) file.abandon(this.#old.tables[name]);
  }

  /** Parts of a table that stay. Neighbours are joined, so that nearly everything is copied in large pieces. */
  #kept(name: string): ByteRange[] {
    const ranges: ByteRange[] = [];
    let start = Buffer.byteLength(headerOf(name));
    for (const entry of this.#old.logs) {
      const bytes = bytesIn(name, entry);
      const last = ranges.at(-1);
      if (bytes > 0 && !this.#replaced.has(entry)) {
        if (last !== undefined && last.start + last.bytes === start) last.bytes += bytes;
        else ranges.push({ start, bytes });
      }
      start += bytes;
    }
    return ranges;
  }
}

/** Null when the file stopped being a run log since it was found; the next collation will see it anew. */
export function writeRun(
  tables: Tables,
  file: LogFile,
  uuid: string,
  rows: RowCounts,
  hardware: readonly FoundHardwareLog[],
): LedgerEntry | null {
  const bytes = noRows();
  const toTable: TokenSink = (run, answer, tokens) => {
    const table = tables.table(tokensFile(run.header.framework.name));
    const start = table.position;
    writeTokens(run, answer, tokens, (line) => table.write(line));
    bytes.tokens = (bytes.tokens ?? 0) + table.position - start;
    rows.tokens = (rows.tokens ?? 0) + tokens.length;
  };
  const result = readRun(file.path, toTable, file.log);
  if (result === null) return null;
  const { run, problems, crc } = result;
  const { header, outcome } = run;
  tables.table(tokensFile(header.framework.name));
  const whole = wholeRun(run, hardware);
  for (const { name, file: tableFile, columns, rows: rowsOf } of runTables) {
    const table = tables.table(tableFile);
    const start = table.position;
    for (const row of rowsOf(whole)) {
      table.write(csvRow(columns, row));
      rows[name] = (rows[name] ?? 0) + 1;
    }
    bytes[name] = table.position - start;
  }
  return {
    log: file.log,
    bytes: file.bytes,
    mtimeMs: file.mtimeMs,
    crc,
    uuid,
    header: headerChecksum(header),
    framework: header.framework.name,
    status: outcome.status,
    hardware: whole.hardware?.header.uuid ?? null,
    rows: bytes,
    problems: capped(problems),
  };
}

/** After a rebuild: tables of frameworks that have no log any more. What has other columns is somebody else's file. */
export function removeTables(output: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(output, name);
    if (beginsWith(path, headerOf(name))) rmSync(path, { force: true });
  }
}

function beginsWith(path: string, header: string): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const file = openSync(path, 'r');
  try {
    const first = Buffer.alloc(Buffer.byteLength(header));
    readSync(file, first);
    return first.toString() === header;
  } finally {
    closeSync(file);
  }
}
