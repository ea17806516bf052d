/** One run in two logs of different uuids: nanoseconds and all, no two runs say the same. */
import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Header } from '../../scripts/log/run-log-format.ts';
import { longestHeaderBytes } from './head.ts';
import { readLines } from './lines.ts';
import { parseRecord } from './record.ts';

/** Of a header but for its uuid: logs of different runs have different ones. */
export function headerChecksum(header: Header): number {
  return crc32(JSON.stringify({ ...header, uuid: null }));
}

const comparedBytes = 1 << 16;

/** Whether two logs say the same behind their headers, as far as both go, and but for their closing lines. */
export function saysTheSame(path: string, other: string): boolean {
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
export function isSealed(path: string): boolean {
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
