/** Which logs the store has read, and what the next fill has to read. */
import type { FoundHardwareLog } from '../../scripts/results/tables-made-anew.ts';
import { outdatedBy } from '../incremental/collate-all.ts';
import { entrySchema, type LedgerEntry } from '../incremental/ledger.ts';
import { type Plan, planCollation } from '../incremental/plan.ts';
import { hardwareChecksum, type LogFile } from '../logs/find.ts';
import { readHead } from '../logs/head.ts';
import { headerChecksum } from '../logs/twins.ts';
import type { Database } from './database.ts';

export interface FillPlan extends Pick<Plan, 'read' | 'rowless' | 'kept'> {
  /** Runs that stay, by uuid. */
  readonly staying: ReadonlySet<string>;
  /** Known logs that are forgotten, or written again because they learned a new time of change. */
  readonly forgotten: readonly string[];
  readonly renewed: readonly LedgerEntry[];
  /** Runs whose logs are no longer there. */
  readonly gone: number;
}

export async function knownLogs({ connection }: Database): Promise<LedgerEntry[]> {
  const read = await connection.runAndReadAll('SELECT entry FROM store.logs ORDER BY log');
  return read.getRowsJS().map(([entry]) => entrySchema.parse(JSON.parse(String(entry))));
}

/**
 * The plan of a collation, but for two things: a run whose log is gone leaves the store, and which of several logs of one run counts
 * is decided anew when one is added. So the store is what its logs say, however they came.
 * @param knownHardware checksum of the hardware benchmarks that the runs were compared with
 */
export function planFill(
  files: readonly LogFile[],
  known: readonly LedgerEntry[],
  hardware: readonly FoundHardwareLog[],
  knownHardware: number,
): FillPlan {
  const times = new Map(known.map(({ log, mtimeMs }) => [log, mtimeMs]));
  const isOutdated =
    knownHardware === hardwareChecksum(hardware) ? () => false : outdatedBy(hardware, { hardware: knownHardware });
  const plan = planCollation(files, withoutRivals(files, known), isOutdated);
  const gone = new Set(plan.gone);
  const found = new Set(files.map(({ log }) => log));
  const kept = plan.kept.filter((entry) => !gone.has(entry) && found.has(entry.log));
  const staying = new Set(kept.flatMap(({ uuid, status }) => (uuid === null || status === null ? [] : [uuid])));
  const keptLogs = new Set(kept.map(({ log }) => log));
  const renewed = kept.filter(({ log, mtimeMs }) => times.get(log) !== mtimeMs);
  return {
    read: plan.read,
    rowless: plan.rowless,
    kept,
    staying,
    renewed,
    forgotten: known.flatMap(({ log }) => (keptLogs.has(log) ? [] : [log])),
    gone: plan.gone.length,
  };
}

/** The known logs without those that have the run of a log that is new. */
function withoutRivals(files: readonly LogFile[], known: readonly LedgerEntry[]): LedgerEntry[] {
  const logs = new Map(known.map((entry) => [entry.log, entry]));
  const heads = files
    .filter(({ log, bytes, refused }) => refused === undefined && logs.get(log)?.bytes !== bytes)
    .flatMap(({ path }) => {
      const head = readHead(path);
      return head.kind === 'run' ? [head] : [];
    });
  const uuids = new Set(heads.map(({ uuid }) => uuid));
  const checksums = new Set(heads.map(({ header }) => headerChecksum(header)));
  return known.filter(
    ({ uuid, header }) => (uuid === null || !uuids.has(uuid)) && (header === 0 || !checksums.has(header)),
  );
}

/** An unreadable file may be readable next time without having changed. */
export function isRememberable({ problems }: LedgerEntry): boolean {
  return problems.every(({ kind }) => kind !== 'unreadable');
}

/** In the caller's transaction. */
export async function forgetLogs({ api, connection }: Database, logs: readonly string[]): Promise<void> {
  if (logs.length === 0) return;
  await connection.run(
    'DELETE FROM store.logs WHERE log IN (SELECT unnest($1))',
    [api.listValue([...logs])],
    [api.LIST(api.VARCHAR)],
  );
}

/** In the caller's transaction. */
export async function rememberLogs({ api, connection }: Database, entries: readonly LedgerEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await connection.run(
    `INSERT INTO store.logs SELECT entry ->> '$.log', entry ->> '$.uuid', entry FROM (SELECT unnest($1) AS entry)`,
    [api.listValue(entries.map((entry) => JSON.stringify(entry)))],
    [api.LIST(api.VARCHAR)],
  );
}
