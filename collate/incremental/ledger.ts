/**
 * `<output>/.collate.json`: which logs are in the tables, and how many bytes of each table are theirs. What it says is
 * in the tables is the truth; bytes beyond it are what a killed collation left behind.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { fileError, isSystemError, UserError } from '../../scripts/command-line/errors.ts';
import { runStatuses } from '../../scripts/measure/run-log-format.ts';
import { problemKinds } from '../logs/problem.ts';
import { csvHeader } from '../tables/csv.ts';
import { allColumns } from '../tables/table-names.ts';

const count = z.int().nonnegative();

/** A table as it was left: what tells an untouched file from an edited one. */
const tableStateSchema = z.object({ bytes: count, mtimeMs: z.number(), crc: count });
export type TableState = z.infer<typeof tableStateSchema>;

const entrySchema = z.object({
  log: z.string(),
  bytes: count,
  mtimeMs: z.number(),
  crc: count,
  /** Null for a file that is no run log. */
  uuid: z.string().nullable(),
  framework: z.string().nullable(),
  /** Null where there is no row: no run log, or the copy of one. */
  status: z.enum(runStatuses).nullable(),
  /** The hardware benchmark that its row is held against. */
  hardware: z.string().nullable().default(null),
  /** Bytes of its rows. Entries stand in the order of their rows, so lengths give positions. Older ledgers lack some tables. */
  rows: z.object({
    tokens: count,
    answers: count,
    parity: count.default(0),
    load: count.default(0),
    pool: count.default(0),
    accuracy: count.default(0),
    accuracyItems: count.default(0),
    memory: count.default(0),
    runs: count,
  }),
  problems: z.array(z.object({ kind: z.enum(problemKinds), line: count.nullable(), reason: z.string() })),
});
export type LedgerEntry = z.infer<typeof entrySchema>;

const ledgerSchemaVersion = 'tokenlap.collate/1';

const ledgerSchema = z.object({
  schema: z.literal(ledgerSchemaVersion),
  /** Checksum of the column names: tables of other columns cannot be appended to. */
  columns: count,
  /** Checksum of the hardware benchmarks that runs were held against. */
  hardware: count.default(0),
  tables: z.record(z.string(), tableStateSchema),
  /** Tables that are complete beside their place and only have to be renamed. */
  pending: z.array(z.string()),
  logs: z.array(entrySchema),
});
export type Ledger = z.infer<typeof ledgerSchema>;

export function columnsChecksum(): number {
  return crc32(allColumns.map(csvHeader).join(''));
}

export function emptyLedger(): Ledger {
  return { schema: ledgerSchemaVersion, columns: columnsChecksum(), hardware: 0, tables: {}, pending: [], logs: [] };
}

export function ledgerPath(output: string): string {
  return join(output, '.collate.json');
}

/** Null when nothing was collated here yet. */
export function loadLedger(output: string): Ledger | null {
  const path = ledgerPath(output);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return null;
    throw fileError(error, path, 'reading');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadableLedger(path);
  }
  const parsed = ledgerSchema.safeParse(value);
  if (!parsed.success) throw unreadableLedger(path);
  return parsed.data;
}

function unreadableLedger(path: string): UserError {
  return new UserError(`${path} is damaged or from another version`, { remedy: rebuildRemedy });
}

export const rebuildRemedy =
  'Make all tables again from the raw logs: `npx tsx collate/all.ts --rebuild` (with the same --output).';

/** Whole or not at all: the old ledger stays until the new one is complete. */
export function saveLedger(output: string, ledger: Ledger): void {
  const path = ledgerPath(output);
  const next = `${path}.next`;
  writeFileSync(next, JSON.stringify(ledger));
  renameSync(next, path);
}
