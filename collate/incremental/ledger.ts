/**
 * `<output>/.collate.json`: which logs are in the tables, and how many bytes of each table are theirs. What it says is
 * in the tables is the truth; bytes beyond it are what a killed collation left behind.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { fileError, isSystemError } from '../../scripts/command-line/errors.ts';
import { writeWhole } from '../../scripts/command-line/files/folders.ts';
import { readTextFile, requireRegularFile } from '../../scripts/command-line/files/text-file.ts';
import { runStatuses } from '../../scripts/log/run-log-format.ts';
import { isFrameworkName, runTableOf, runTables, tokensFile, tokenTable } from '../../scripts/results/tables.ts';
import { firstIssue, problemKinds } from '../logs/problem.ts';
import { csvHeader } from '../tables/csv.ts';

const count = z.int().nonnegative();
/** Its names become paths of files that are truncated, renamed and deleted. */
const tableName = z.string().refine((file) => runTableOf(file) !== undefined, { error: 'is not a table of Tokenlap' });

/** A table as it was left: what distinguishes an untouched file from an edited one. */
const tableStateSchema = z.object({ bytes: count, mtimeMs: z.number(), crc: count });
export type TableState = z.infer<typeof tableStateSchema>;

export const entrySchema = z.object({
  log: z.string(),
  bytes: count,
  mtimeMs: z.number(),
  crc: count,
  /** Null for a file that is not a run log. */
  uuid: z.string().nullable(),
  /** Checksum of its header but for the uuid; 0 where there is no row, and in older ledgers. */
  header: count.default(0),
  framework: z.string().refine(isFrameworkName, { error: 'is no name of a framework' }).nullable(),
  /** Null where there is no row: no run log, or the copy of one. */
  status: z.enum(runStatuses).nullable(),
  /** The hardware benchmark that its row is compared with. */
  hardware: z.string().nullable().default(null),
  /** Bytes of its rows. Entries stand in the order of their rows, so lengths give positions. Older ledgers lack some tables. */
  rows: z.record(z.string(), count),
  problems: z.array(z.object({ kind: z.enum(problemKinds), line: count.nullable(), reason: z.string() })),
});
export type LedgerEntry = z.infer<typeof entrySchema>;

const ledgerSchemaVersion = 'tokenlap.collate/1';

const ledgerSchema = z.object({
  schema: z.literal(ledgerSchemaVersion),
  /** Checksum of the column names: tables of other columns cannot be appended to. */
  columns: count,
  /** Checksum of the hardware benchmarks that runs were compared with. */
  hardware: count.default(0),
  tables: z.record(tableName, tableStateSchema),
  /** Tables that are complete beside their place and only have to be renamed. */
  pending: z.array(tableName),
  logs: z.array(entrySchema),
});
export type Ledger = z.infer<typeof ledgerSchema>;

export function columnsChecksum(): number {
  return crc32([tokenTable, ...runTables].map(({ columns }) => csvHeader(columns)).join(''));
}

export function emptyLedger(): Ledger {
  return { schema: ledgerSchemaVersion, columns: columnsChecksum(), hardware: 0, tables: {}, pending: [], logs: [] };
}

export function ledgerPath(output: string): string {
  return join(output, '.collate.json');
}

export type FoundLedger =
  /** Nothing was collated here yet. */
  | { kind: 'none' }
  /** Not what a collation of this version writes: nothing in it may be acted upon. */
  | { kind: 'distrusted'; reason: string }
  | { kind: 'ledger'; ledger: Ledger };

/** @throws UserError when the file cannot be read */
export function loadLedger(output: string): FoundLedger {
  const path = ledgerPath(output);
  let text: string;
  try {
    requireRegularFile(statSync(path), path);
    text = readTextFile(path);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return { kind: 'none' };
    throw fileError(error, path, 'reading');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'distrusted', reason: 'it is not JSON' };
  }
  const parsed = ledgerSchema.safeParse(value);
  if (!parsed.success) return { kind: 'distrusted', reason: `it is damaged or foreign (${firstIssue(parsed.error)})` };
  const reason = contradiction(parsed.data);
  return reason === null ? { kind: 'ledger', ledger: parsed.data } : { kind: 'distrusted', reason };
}

/** What cannot be true of any tables; null when there is nothing of the kind. */
function contradiction(ledger: Ledger): string | null {
  const logs = new Set(ledger.logs.map((entry) => entry.log));
  if (logs.size < ledger.logs.length) return 'it has a log twice';
  const rowless = ledger.logs.find((entry) => (entry.status === null) !== ((entry.rows.runs ?? 0) === 0));
  if (rowless !== undefined) return `the status of ${rowless.log} does not go with its rows`;
  // Tables of other columns are made again anyway.
  if (ledger.columns !== columnsChecksum()) return null;
  for (const [table, bytes] of claimedBytes(ledger)) {
    const state = ledger.tables[table];
    if (state === undefined) return `it has rows of ${table}, and no such table`;
    if (state.bytes !== bytes)
      return `its rows of ${table} make ${bytes} bytes, and the table is said to have ${state.bytes}`;
  }
  return null;
}

/** Counts for each table the bytes of its header and of all rows that the logs claim. */
function claimedBytes({ tables, logs }: Ledger): Map<string, number> {
  const bytes = new Map<string, number>();
  const add = (table: string, more: number) =>
    bytes.set(table, (bytes.get(table) ?? Buffer.byteLength(headerOf(table))) + more);
  for (const table of Object.keys(tables)) add(table, 0);
  for (const entry of logs) {
    const { framework, rows } = entry;
    if (framework !== null && (rows.tokens ?? 0) > 0) add(tokensFile(framework), rows.tokens ?? 0);
    for (const { file } of runTables) if (bytesIn(file, entry) > 0) add(file, bytesIn(file, entry));
  }
  return bytes;
}

/** Bytes of a log's rows in a table. */
export function bytesIn(table: string, entry: LedgerEntry): number {
  const found = runTableOf(table);
  if (found === undefined) return 0;
  if (found !== tokenTable) return entry.rows[found.name] ?? 0;
  return entry.framework !== null && tokensFile(entry.framework) === table ? (entry.rows.tokens ?? 0) : 0;
}

/** The header line of a table by its file; empty for what is no table. */
export function headerOf(file: string): string {
  return csvHeader(runTableOf(file)?.columns ?? []);
}

/** By the name of the table. */
export type RowCounts = Record<string, number>;

export function noRows(): RowCounts {
  return Object.fromEntries([tokenTable, ...runTables].map(({ name }) => [name, 0]));
}

/** Whole or not at all: the old ledger stays until the new one is complete. */
export function saveLedger(output: string, ledger: Ledger): void {
  writeWhole(ledgerPath(output), JSON.stringify(ledger));
}
