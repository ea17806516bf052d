/** Logs of earlier runs in the folder of results, told apart by their headers. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { readBounded, withoutMark } from '../../command-line/files/text-file.ts';
import type { ModelRecord } from '../../log/records/model-record.ts';
import { type Header, headerSchema, type RunRecord, recordSchema } from '../../log/run-log-format.ts';
import type { EngineSettings } from '../../settings/settings.ts';

export interface EarlierLog {
  header: Header;
  path: string;
}

interface Work {
  framework: { name: string };
  /** As logs of this host name it: answers of another one are another result. */
  hostname: string;
  output: string;
  workload: Header['workload'];
}

/** From the earliest to the latest. */
export function earlierLogs({ framework, hostname, output, workload }: Work): EarlierLog[] {
  const folder = join(output, 'raw', framework.name);
  return namesIn(folder)
    .map((name) => join(folder, name))
    .flatMap((path): EarlierLog[] => {
      const header = headerOf(path);
      return header?.workload === workload && header.host.hostname === hostname ? [{ header, path }] : [];
    })
    .sort((a, b) => a.header.startedAt.localeCompare(b.header.startedAt));
}

/** Threads are a matter of speed alone; everything else of the request may change an answer. */
export function isSameWork(
  { model, requested }: Header,
  asked: Pick<ModelRecord, 'sha256' | 'quantization'>,
  { threads: _, framework: __, ...deciding }: Partial<EngineSettings>,
): boolean {
  return (
    model.sha256 === asked.sha256 &&
    model.quantization.got === asked.quantization.got &&
    Object.entries(deciding).every(([name, value]) => requested[name] === value)
  );
}

/** Lines that are none of this format are left out; collating tells of them. */
export function recordsOf({ path }: EarlierLog): RunRecord[] {
  return readBounded(path, 'reading the log', textLimits.runLog)
    .toString()
    .split('\n')
    .flatMap((line) => {
      const parsed = recordSchema.safeParse(jsonOf(line));
      return parsed.success ? [parsed.data] : [];
    });
}

/** A header is the first line, and never as long as this. */
const headerBytesAtMost = 64 * 1024;

function headerOf(path: string): Header | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const head = Buffer.alloc(headerBytesAtMost);
    const length = readSync(descriptor, head, 0, head.length, 0);
    const parsed = headerSchema.safeParse(jsonOf(withoutMark(head.toString('utf8', 0, length)).split('\n')[0] ?? ''));
    return parsed.success ? parsed.data : undefined;
  } finally {
    closeSync(descriptor);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.txt'));
  } catch {
    // Nothing was ever measured here.
    return [];
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
