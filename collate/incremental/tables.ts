/** The tables of one collation, opened as rows for them come along: appended to, or written anew where rows must go. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { csvHeader } from '../tables/csv.ts';
import { columnsOf, fixedTables, kindOf, tokensTable } from '../tables/table-names.ts';
import type { Ledger, LedgerEntry, TableState } from './ledger.ts';
import { type ByteRange, TableFile } from './table-file.ts';

export class Tables {
  readonly #output: string;
  readonly #old: Ledger;
  readonly #replaced: ReadonlySet<LedgerEntry>;
  readonly #open = new Map<string, TableFile>();

  /** @param old what is in the tables now; an empty ledger for a rebuild */
  constructor(output: string, old: Ledger, replaced: readonly LedgerEntry[]) {
    this.#output = output;
    this.#old = old;
    this.#replaced = new Set(replaced);
  }

  /** Opens every table that loses rows, and those that always exist. */
  openAffected(): void {
    for (const name of fixedTables) this.table(name);
    for (const entry of this.#replaced) {
      if (entry.framework !== null && entry.rows.tokens > 0) this.table(tokensTable(entry.framework));
    }
  }

  table(name: string): TableFile {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const state = this.#old.tables[name];
    const loses = [...this.#replaced].some((entry) => bytesIn(name, entry) > 0);
    const opened =
      state === undefined || loses
        ? TableFile.replace(this.#output, name, csvHeader(columnsOf(name)), state === undefined ? [] : this.#kept(name))
        : TableFile.append(this.#output, name, state);
    this.#open.set(name, opened);
    return opened;
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
    let start = Buffer.byteLength(csvHeader(columnsOf(name)));
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

function bytesIn(table: string, entry: LedgerEntry): number {
  const kind = kindOf(table);
  if (kind !== 'tokens') return entry.rows[kind];
  return entry.framework !== null && tokensTable(entry.framework) === table ? entry.rows.tokens : 0;
}

/** After a rebuild: tables of frameworks that have no log any more. */
export function removeTables(output: string, names: readonly string[]): void {
  for (const name of names) rmSync(join(output, name), { force: true });
}
