/** Logs of runs that were asked for the same as a recorded one: how much they differ is what a replay may differ. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Header, RunRecord } from '../../log/run-log-format.ts';
import { type RecordedRun, readRecordedRun } from './recorded-run.ts';

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
    host: host.hostname,
    questions: questions?.sha256,
  });
  return isDeepStrictEqual(asked(a), asked(b));
}

function isCompleted(records: readonly RunRecord[]): boolean {
  return records.some((record) => record.type === 'end' && record.status === 'completed');
}
