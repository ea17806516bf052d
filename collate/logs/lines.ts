/** Lines of a file of any size in flat memory, with a checksum of its bytes on the way; and a line as a record of a run. */
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { type RunRecord, recordSchema } from '../../scripts/log/run-log-format.ts';
import { firstIssue } from './problem.ts';

const newline = 0x0a;
/** Shared by all calls: reading is synchronous, and a buffer for each of 10,000 logs would only be garbage. */
const chunk = Buffer.allocUnsafeSlow(1 << 18);
/** No record comes near it; a file of one endless line is not a log. */
const longestLineBytes = 1 << 26;

export interface LinesRead {
  crc: number;
  /** Checksum of all bytes before the last line. */
  crcBeforeLast: number;
  lines: number;
}

/** Null: the line is not UTF-8, and replacing what is wrong with it would make another text of it. */
export type OnLine = (text: string | null, line: number, complete: boolean) => boolean;

/**
 * Calls `onLine` for each line, numbered from 1, without its line break. `complete` is false for a last line that has
 * no line break, as a killed writer leaves it. Once `onLine` returns false, the rest only counts for the checksum.
 * @throws the operating system's error, or RangeError for a line beyond 64 MiB
 */
export function readLines(path: string, onLine: OnLine): LinesRead {
  const file = openSync(path, 'r');
  let crc = 0;
  let crcBeforeLast = 0;
  let isLineBegun = false;
  let line = 0;
  let wanted = true;
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  try {
    for (;;) {
      const bytes = readSync(file, chunk, 0, chunk.length, null);
      if (bytes === 0) break;
      const read = chunk.subarray(0, bytes);
      const end = read.lastIndexOf(newline);
      // Where the last line of this chunk begins; -1 where it began in a chunk before.
      const last = end < bytes - 1 ? end : end === 0 ? -1 : read.lastIndexOf(newline, end - 1);
      if (last !== -1 || !isLineBegun) crcBeforeLast = crc32(read.subarray(0, last + 1), crc);
      isLineBegun = end !== bytes - 1;
      crc = last === -1 ? crc32(read, crc) : crc32(read.subarray(last + 1), crcBeforeLast);
      if (!wanted) continue;
      if (end === -1) {
        carriedBytes += bytes;
        if (carriedBytes > longestLineBytes) throw new RangeError(`line ${line + 1} is longer than 64 MiB`);
        carried.push(Buffer.from(read));
        continue;
      }
      // Cut at a line break, so that no character is split between two chunks.
      const whole = read.subarray(0, end);
      const texts = linesOf(carried.length === 0 ? whole : Buffer.concat([...carried, whole]));
      carried = end + 1 < bytes ? [Buffer.from(read.subarray(end + 1))] : [];
      carriedBytes = bytes - end - 1;
      for (const each of texts) {
        line++;
        wanted = onLine(each, line, true);
        if (!wanted) break;
      }
    }
  } finally {
    closeSync(file);
  }
  if (wanted && carriedBytes > 0) onLine(textOf(Buffer.concat(carried)), ++line, false);
  return { crc, crcBeforeLast, lines: line };
}

/** Whole lines, decoded at once as long as all of them can be. */
function linesOf(bytes: Buffer): Array<string | null> {
  if (isUtf8(bytes)) return bytes.toString().split('\n');
  const lines: Array<string | null> = [];
  for (let start = 0; start <= bytes.length; ) {
    const end = bytes.indexOf(newline, start);
    lines.push(textOf(bytes.subarray(start, end === -1 ? bytes.length : end)));
    if (end === -1) break;
    start = end + 1;
  }
  return lines;
}

/** Null where the bytes are not UTF-8. */
export function textOf(bytes: Buffer): string | null {
  return isUtf8(bytes) ? bytes.toString() : null;
}

/** Checksum of a file before its last line, as if another system had not given it its own line breaks. */
export function withoutCarriageReturns(path: string): number {
  let crc = 0;
  let before = 0;
  readLines(path, (text) => {
    before = crc;
    crc = crc32(`${text?.replace(/\r$/, '')}\n`, crc);
    return true;
  });
  return before;
}

/** Checksum of the first `bytes` bytes, or of the whole file. */
export function fileChecksum(path: string, bytes = Number.POSITIVE_INFINITY): number {
  const file = openSync(path, 'r');
  let crc = 0;
  let left = bytes;
  try {
    for (;;) {
      const read = readSync(file, chunk, 0, Math.min(chunk.length, left), null);
      if (read === 0) return crc;
      crc = crc32(chunk.subarray(0, read), crc);
      left -= read;
    }
  } finally {
    closeSync(file);
  }
}

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
