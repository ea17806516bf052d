/**
 * One run in several logs counts once. Copies have its uuid, twins another one: nanoseconds and all, no two runs say the same.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ascending, group } from 'd3-array';
import type { Header } from '../../scripts/log/run-log-format.ts';
import type { LogFile } from './find.ts';
import { longestHeaderBytes } from './head.ts';
import { parseRecord, readLines } from './lines.ts';

/** Checksum of a header but for its uuid: logs of different runs have different ones. */
export function headerChecksum(header: Header): number {
  return crc32(JSON.stringify({ ...header, uuid: null }));
}

/** A log of a run of which something is known already. */
export interface KnownRun {
  file: LogFile;
  uuid: string;
  /** As headerChecksum makes it. */
  checksum: number;
}

export interface Candidate extends KnownRun {
  startedAtMs: number;
}

/** A log that is not read, for another one has its run. */
interface Copy {
  file: LogFile;
  uuid: string;
  reason: string;
}

/**
 * Of several logs of one run the longest counts: the others are copies made while it was written.
 * @param owners the log that counts, by uuid; those that are found here are added
 */
export function withoutCopies(
  candidates: readonly Candidate[],
  owners: Map<string, string>,
): { single: Candidate[]; copies: Copy[] } {
  const single: Candidate[] = [];
  const copies: Copy[] = [];
  for (const candidate of candidates.toSorted(longestFirst)) {
    const { file, uuid } = candidate;
    const owner = owners.get(uuid);
    if (owner === undefined) {
      owners.set(uuid, file.log);
      single.push(candidate);
    } else copies.push({ file, uuid, reason: `a copy of ${owner}: the same run, counted once` });
  }
  return { single: single.sort((a, b) => a.startedAtMs - b.startedAtMs || ascending(a.uuid, b.uuid)), copies };
}

/**
 * A run that was given another uuid is no second run. Of such logs the one that is known counts, else the one whose closing line
 * seals it, else the longest.
 */
export function withoutTwins(
  candidates: readonly Candidate[],
  known: readonly KnownRun[],
): { read: Candidate[]; twins: Copy[] } {
  const owners = new Map(known.map((run) => [run.checksum, run]));
  const twins = new Map<Candidate, Copy>();
  for (const [checksum, alike] of group(candidates, (candidate) => candidate.checksum)) {
    const owner = owners.get(checksum);
    const others: KnownRun[] = owner === undefined ? [] : [owner];
    if (alike.length + others.length < 2) continue;
    for (const candidate of sealedFirst(alike)) {
      const { file } = candidate;
      const other = others.find((each) => saysTheSame(each.file.path, file.path));
      if (other === undefined) {
        others.push(candidate);
        continue;
      }
      const reason = `a copy of ${other.file.log} under another uuid: the same run, counted once`;
      // It is considered again when that one has gone.
      twins.set(candidate, { file, uuid: other.uuid, reason });
    }
  }
  return { read: candidates.filter((candidate) => !twins.has(candidate)), twins: [...twins.values()] };
}

function longestFirst(a: Candidate, b: Candidate): number {
  return b.file.bytes - a.file.bytes || ascending(a.file.log, b.file.log);
}

function sealedFirst(candidates: readonly Candidate[]): Candidate[] {
  if (candidates.length < 2) return [...candidates];
  const sealed = new Set(candidates.filter(({ file }) => isSealed(file.path)));
  return candidates.toSorted((a, b) => Number(sealed.has(b)) - Number(sealed.has(a)) || longestFirst(a, b));
}

const comparedBytes = 1 << 16;

/** Whether two logs say the same behind their headers, as far as both go, and but for their closing lines. */
function saysTheSame(path: string, other: string): boolean {
  const [one, two] = [behindHeader(path), behindHeader(other)];
  const bytes = Math.min(one.length, two.length);
  return one.subarray(0, bytes).equals(two.subarray(0, bytes));
}

function behindHeader(path: string): Buffer {
  const head = Buffer.alloc(longestHeaderBytes + comparedBytes);
  const file = openSync(path, 'r');
  try {
    const read = head.subarray(0, readSync(file, head, 0, head.length, 0));
    const start = read.indexOf(0x0a) + 1;
    const end = Math.min(read.length, start + comparedBytes);
    const closing = read.lastIndexOf('\n{"type":"end"', end);
    return read.subarray(start, closing < start ? end : closing + 1);
  } finally {
    closeSync(file);
  }
}

/** Whether its closing line has the checksum of what stands before it: a copy with another uuid has not. */
function isSealed(path: string): boolean {
  let last = '';
  try {
    const { crcBeforeLast } = readLines(path, (text) => {
      last = text ?? '';
      return true;
    });
    const line = parseRecord(last);
    return line.kind === 'record' && line.record.type === 'end' && line.record.crc32 === crcBeforeLast;
  } catch {
    return false;
  }
}
