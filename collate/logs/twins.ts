/** One run in two logs of different uuids: nanoseconds and all, no two runs say the same. */
import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { type Header, type RunRecord, recordSchema } from '../../scripts/log/run-log-format.ts';
import { longestHeaderBytes } from './head.ts';
import { readLines } from './lines.ts';
import { firstIssue } from './problem.ts';

/**
 * A line of a raw log as a typed record, or the reason why it is none. Tokens go through the schema like every other
 * record: it adds 0.4 µs to the 0.8 µs of `JSON.parse` (zod compiles it), half a second for 1.28 million of them, and
 * a second definition of a token, checked by hand, would not be worth that.
 */
export type Line = { kind: 'record'; record: RunRecord } | { kind: 'broken'; reason: string };

export function parseRecord(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'broken', reason: 'not JSON' };
  }
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return { kind: 'record', record: parsed.data };
  return { kind: 'broken', reason: `no record of this format (${unknownType(value) ?? firstIssue(parsed.error)})` };
}

/** The schema would list every type there is. */
function unknownType(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'not an object';
  if (!('type' in value)) return 'it has no type';
  const known = recordSchema.options.some((option) => option.shape.type.value === value.type);
  return known ? null : `unknown type ${JSON.stringify(value.type)}`;
}

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
