/** A raw log as a manifest, and the other runs of its folder that were asked for the same. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { usageError } from '../../command-line/errors.ts';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { readText } from '../../command-line/files/text-file.ts';
import { type Header, headerSchema, type RunRecord, recordIn } from '../../log/run-log-format.ts';

export interface RecordedRun {
  path: string;
  header: Header;
  records: readonly RunRecord[];
  /** What is wrong with the log, in words; it is replayed nevertheless. */
  doubts: readonly string[];
}

/**
 * Lines that are no records are left out and said: a log that was cut off still says what was asked for.
 * @throws UserError when there is no header to go by
 */
export function readRecordedRun(path: string): RecordedRun {
  const lines = readText(path, 'reading the log', textLimits.runLog).split('\n');
  const header = headerOf(lines[0] ?? '', path);
  const records: RunRecord[] = [header];
  let unreadable = 0;
  for (const line of lines.slice(1)) {
    if (line === '') continue;
    const record = recordIn(line);
    if (record === undefined || record.type === 'header') unreadable++;
    else records.push(record);
  }
  return { path, header, records, doubts: doubtsOf(records, unreadable) };
}

function doubtsOf(records: readonly RunRecord[], unreadable: number): string[] {
  const end = records.findLast((record) => record.type === 'end');
  const doubts: string[] = [];
  if (unreadable > 0) doubts.push(`${unreadable} of its lines could not be read and were left out`);
  if (end === undefined)
    doubts.push('it has no closing line: the run was killed, and what it measured is not complete');
  else if (end.status !== 'completed') {
    doubts.push(`it ${endings[end.status]}${end.error === undefined ? '' : `: ${end.error.message}`}`);
  }
  return doubts;
}

const endings = {
  failed: 'failed',
  interrupted: 'was interrupted',
  missing: 'did not find its framework',
} as const;

function headerOf(line: string, path: string): Header {
  const parsed = headerSchema.safeParse(jsonOf(line));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw usageError(
    `${path} cannot be replayed: its first line is no header of a run log (${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'unknown'})`,
    'Name a log below <output>/raw/. A log without its header says nothing of its run.',
  );
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Enough for a deviation; more would only take time to read. */
const mostLogs = 30;

/** Completed ones of its folder, the recorded run itself among them. */
export function sisterLogs(recorded: RecordedRun): Array<readonly RunRecord[]> {
  const folder = dirname(recorded.path);
  const [prefix = ''] = basename(recorded.path).split('_uuid');
  const others = readdirSync(folder)
    .filter((name) => name.startsWith(`${prefix}_uuid`) && name !== basename(recorded.path))
    .sort()
    .slice(0, mostLogs)
    .flatMap((name) => readable(join(folder, name)));
  return [recorded, ...others]
    .filter(({ header, records }) => isSister(header, recorded.header) && isCompleted(records))
    .map(({ records }) => records);
}

function readable(path: string): RecordedRun[] {
  try {
    return [readRecordedRun(path)];
  } catch {
    // Whatever lies beside the log is not what was asked about.
    return [];
  }
}

/** The order of the questions may differ: it is drawn anew for every run of a session. */
function isSister(a: Header, b: Header): boolean {
  const asked = ({ workload, seed, requested, model, framework, host, questions }: Header) => ({
    workload,
    seed,
    requested: { ...requested, firstRound: 0 },
    model: model.sha256,
    version: framework.version,
    options: framework.settings,
    host: host.hostname,
    questions: questions?.sha256,
  });
  return isDeepStrictEqual(asked(a), asked(b));
}

function isCompleted(records: readonly RunRecord[]): boolean {
  return records.some((record) => record.type === 'end' && record.status === 'completed');
}
