/** Which logs have to be read, which rows have to go, and which logs are copies of others. */

import { ascending } from 'd3-array';
import type { LogFile } from '../logs/find.ts';
import { type Head, longestHeaderBytes, readHead } from '../logs/head.ts';
import { fileChecksum } from '../logs/lines.ts';
import { type Candidate, headerChecksum, type KnownRun, withoutCopies, withoutTwins } from '../logs/twins.ts';
import type { LedgerEntry } from './ledger.ts';

export interface Plan {
  /** In the order in which their rows will stand. */
  read: Array<{ file: LogFile; uuid: string }>;
  /** Files without a row: no run logs, or copies. */
  rowless: LedgerEntry[];
  /** Entries that stay as they are, in the order of their rows. */
  kept: LedgerEntry[];
  /** Entries whose rows have to go: their logs have changed or moved. */
  replaced: LedgerEntry[];
  /** The kept entries whose log is no longer there. */
  gone: LedgerEntry[];
  /** Kept entries that learned a new time of change. */
  touched: boolean;
}

/** @param isOutdated whether the row of a log that has not changed has to be made again */
export function planCollation(
  files: readonly LogFile[],
  known: readonly LedgerEntry[],
  isOutdated: (entry: LedgerEntry, file: LogFile) => boolean = () => false,
): Plan {
  const entries = new Map(known.map((entry) => [entry.log, entry]));
  const found = new Map(files.map((file) => [file.log, file]));
  const kept = new Set<LedgerEntry>();
  const candidates: Candidate[] = [];
  const rowless: LedgerEntry[] = [];
  let touched = false;

  const consider = (file: LogFile) => {
    if (file.refused !== undefined) {
      rowless.push(withoutRow(file, null, { kind: 'unreadable', line: null, reason: file.refused }));
      return;
    }
    const head = readHead(file.path);
    if (head.kind === 'run') {
      const { uuid, startedAtMs, header } = head;
      candidates.push({ file, uuid, startedAtMs, checksum: headerChecksum(header) });
    } else rowless.push(withoutRow(file, null, head.problem));
  };

  for (const file of files) {
    const entry = entries.get(file.log);
    if (entry === undefined || !isUnchanged(file, entry) || isOutdated(entry, file)) {
      consider(file);
      continue;
    }
    touched ||= entry.mtimeMs !== file.mtimeMs;
    entry.mtimeMs = file.mtimeMs;
    kept.add(entry);
  }

  const owners = new Map<string, string>();
  for (const entry of kept) if (entry.uuid !== null && entry.status !== null) owners.set(entry.uuid, entry.log);
  // A copy takes over when the log that it copies has gone.
  for (const entry of [...kept]) {
    const file = found.get(entry.log);
    if (entry.uuid === null || entry.status !== null || owners.has(entry.uuid) || file === undefined) continue;
    kept.delete(entry);
    consider(file);
  }

  const { single, copies } = withoutCopies(candidates, owners);
  const { read, twins } = withoutTwins(single, knownRuns([...kept], found));
  for (const { file, uuid, reason } of [...copies, ...twins])
    rowless.push(withoutRow(file, uuid, { kind: 'duplicate', line: 1, reason }));
  const readUuids = new Set(read.map((candidate) => candidate.uuid));
  const gone = known.filter(
    (entry) => !found.has(entry.log) && entry.status !== null && !readUuids.has(entry.uuid ?? ''),
  );
  for (const entry of gone) kept.add(entry);
  return {
    read,
    rowless: rowless.toSorted((a, b) => ascending(a.log, b.log)),
    kept: known.filter((entry) => kept.has(entry)),
    replaced: known.filter((entry) => !kept.has(entry)),
    gone,
    touched,
  };
}

/** A log is only ever appended to, so its length shows a change; a copied folder has new times, and then the checksum decides. */
function isUnchanged(file: LogFile, entry: LedgerEntry): boolean {
  if (file.bytes !== entry.bytes) return false;
  if (file.mtimeMs === entry.mtimeMs) return true;
  // It could not be read to its end.
  if (entry.crc === 0 && entry.bytes > 0) return false;
  try {
    return fileChecksum(file.path, entry.status === null ? longestHeaderBytes : undefined) === entry.crc;
  } catch {
    // Not readable now: reading its head will say why.
    return false;
  }
}

function knownRuns(kept: readonly LedgerEntry[], found: ReadonlyMap<string, LogFile>): KnownRun[] {
  return kept.flatMap(({ log, uuid, header }) => {
    const file = found.get(log);
    return header === 0 || uuid === null || file === undefined ? [] : [{ file, uuid, checksum: header }];
  });
}

function withoutRow(
  file: LogFile,
  uuid: string | null,
  problem: Extract<Head, { kind: 'unreadable' }>['problem'],
): LedgerEntry {
  return {
    log: file.log,
    bytes: file.bytes,
    mtimeMs: file.mtimeMs,
    // What has no row was judged by its head; the rest may be endless.
    crc: problem.kind === 'unreadable' ? 0 : fileChecksum(file.path, longestHeaderBytes),
    uuid,
    header: 0,
    framework: null,
    status: null,
    hardware: null,
    rows: {},
    problems: [problem],
  };
}
