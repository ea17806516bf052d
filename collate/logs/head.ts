/** The first line of a file under raw/: is it a run log, of which run, and when did that start? */
import { closeSync, openSync, readSync } from 'node:fs';
import type { z } from 'zod';
import { oneLine } from '../../scripts/command-line/errors.ts';
import { withoutMark } from '../../scripts/command-line/files/text-file.ts';
import { type Header, headerSchema, runLogSchemaVersion } from '../../scripts/log/run-log-format.ts';
import { isFrameworkName } from '../../scripts/results/tables.ts';
import { textOf } from './lines.ts';
import { firstIssue, type Problem } from './problem.ts';

export type Head =
  | { kind: 'run'; uuid: string; startedAtMs: number; host: Header['host']; header: Header }
  | { kind: 'unreadable'; problem: Problem };

const firstRead = Buffer.allocUnsafeSlow(1 << 14);
/** A file without a line break in so many bytes is no log. */
export const longestHeaderBytes = 1 << 20;

export function readHead(path: string): Head {
  let text: string | null;
  try {
    text = firstLine(path);
  } catch (error) {
    return unreadable('unreadable', null, oneLine(error));
  }
  if (text === null) return unreadable('binary', null, 'a binary file, or its first line is not UTF-8');
  if (text === '') return unreadable('empty', null, 'the file is empty: the run ended before it wrote anything');
  if (text.includes('\u0000')) return unreadable('binary', null, 'a binary file, not a run log');
  if (Buffer.byteLength(text) >= longestHeaderBytes)
    return unreadable('foreign', 1, 'not a run log: its first line has more than 1 MiB');
  const parsed = parseHeader(text);
  return parsed.kind === 'header'
    ? {
        kind: 'run',
        uuid: parsed.header.uuid,
        startedAtMs: Date.parse(parsed.header.startedAt),
        host: parsed.header.host,
        header: parsed.header,
      }
    : { kind: 'unreadable', problem: parsed.problem };
}

export function parseHeader(text: string): { kind: 'header'; header: Header } | { kind: 'none'; problem: Problem } {
  const none = (kind: Problem['kind'], reason: string) =>
    ({ kind: 'none', problem: { kind, line: 1, reason } }) as const;
  let value: unknown;
  try {
    value = JSON.parse(withoutMark(text));
  } catch {
    return text.startsWith('{"type":"header"')
      ? none('bad_header', 'the header is cut off: the run was killed as it started')
      : none('foreign', 'not a run log: its first line is not JSON');
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'header') {
    return none('foreign', 'not a run log: its first line is no header');
  }
  if ('schema' in value && value.schema !== runLogSchemaVersion) {
    return none(
      'other_version',
      `written in the format ${String(value.schema)}; this version reads ${runLogSchemaVersion}`,
    );
  }
  const header: z.ZodSafeParseResult<Header> = headerSchema.safeParse(value);
  if (!header.success) return none('bad_header', `wrong header: ${firstIssue(header.error)}`);
  if (!isFrameworkName(header.data.framework.name)) {
    return none('bad_header', `wrong header: "${header.data.framework.name}" cannot name a table`);
  }
  return { kind: 'header', header: header.data };
}

function unreadable(kind: Problem['kind'], line: number | null, reason: string): Head {
  return { kind: 'unreadable', problem: { kind, line, reason } };
}

/** Null where it is not UTF-8. */
function firstLine(path: string): string | null {
  const file = openSync(path, 'r');
  try {
    const parts: Buffer[] = [];
    for (let bytes = 0; bytes < longestHeaderBytes; ) {
      const read = readSync(file, firstRead, 0, firstRead.length, null);
      if (read === 0) break;
      const end = firstRead.subarray(0, read).indexOf(0x0a);
      parts.push(Buffer.from(firstRead.subarray(0, end === -1 ? read : end)));
      if (end !== -1) break;
      bytes += read;
    }
    return textOf(Buffer.concat(parts));
  } finally {
    closeSync(file);
  }
}
