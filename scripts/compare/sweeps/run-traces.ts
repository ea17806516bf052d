/** What the raw logs say of the runs so far: of each log only its first and its last line are read, so ten thousand take a second. */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, isSystemError } from '../../command-line/errors.ts';
import { type EndRecord, endSchema, type Header, headerSchema } from '../../log/run-log-format.ts';

export interface RunTrace {
  path: string;
  header: Header;
  /** Null for a log without a closing line: the run was killed, or is still going on. */
  end: EndRecord | null;
}

/** In no order. Files that are no run logs are none of our business here. */
export function* readTraces(output: string): Generator<RunTrace> {
  for (const path of logsBelow(join(output, 'raw'))) {
    const trace = readTrace(path);
    if (trace !== null) yield trace;
  }
}

function logsBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.txt'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw fileError(error, folder, 'reading');
  }
}

function readTrace(path: string): RunTrace | null {
  let lines: { first: string; last: string };
  try {
    lines = firstAndLastLine(path);
  } catch {
    return null;
  }
  const header = headerSchema.safeParse(parsed(lines.first));
  if (!header.success) return null;
  const end = endSchema.safeParse(parsed(lines.last));
  return { path, header: header.data, end: end.success ? end.data : null };
}

const blockBytes = 1 << 16;
const longestHeaderBytes = 1 << 20;

function firstAndLastLine(path: string): { first: string; last: string } {
  const file = openSync(path, 'r');
  try {
    const block = Buffer.alloc(blockBytes);
    const parts: string[] = [];
    let bytes = 0;
    let read = readSync(file, block, 0, blockBytes, 0);
    while (read > 0 && !block.subarray(0, read).includes(newline) && bytes < longestHeaderBytes) {
      parts.push(block.toString('utf8', 0, read));
      bytes += read;
      read = readSync(file, block, 0, blockBytes, bytes);
    }
    const end = block.subarray(0, read).indexOf(newline);
    if (end === -1) return { first: '', last: '' };
    parts.push(block.toString('utf8', 0, end));
    return {
      first: parts.join(''),
      last: lastLine(file, block, { bytes: read, whole: bytes === 0 && read < blockBytes }),
    };
  } finally {
    closeSync(file);
  }
}

const newline = 0x0a;

/** Without its line break; a line that has none is cut off, whatever is in it. A closing line is far shorter than a block. */
function lastLine(file: number, block: Buffer, known: { bytes: number; whole: boolean }): string {
  let bytes = known.bytes;
  if (!known.whole) {
    const { size } = fstatSync(file);
    bytes = readSync(file, block, 0, blockBytes, Math.max(0, size - blockBytes));
  }
  const tail = block.subarray(0, bytes);
  if (tail[bytes - 1] !== newline) return '';
  const start = tail.lastIndexOf(newline, bytes - 2);
  return tail.toString('utf8', start + 1, bytes - 1);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
