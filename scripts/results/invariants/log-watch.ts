/** One concern of a log: told of it record by record, and then that it has ended. */

import type { Header, RunRecord, RunStatus } from '../../log/run-log-format.ts';
import type { TokenRecord } from '../../workloads/questions/records.ts';

/** Null: nothing is wrong. */
export type Faults = ReadonlyArray<string | null>;

/** Every record but the header, and tokens, of which a log has too many to show each to everybody. */
export type WatchedRecord = Exclude<RunRecord, { type: 'token' | 'header' }>;

export interface LogWatch {
  record(record: WatchedRecord): Faults;
  token?(token: TokenRecord): Faults;
  /** What the log as a whole lacks. @param status null in a log without a closing line: it lacks parts by right */
  end(status: RunStatus | null): Faults;
}

/** A setting that is a number; undefined in logs that do not say it. */
export function askedNumber({ requested }: Pick<Header, 'requested'>, name: string): number | undefined {
  const value = requested[name];
  return typeof value === 'number' ? value : undefined;
}
