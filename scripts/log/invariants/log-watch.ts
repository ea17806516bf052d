/** One concern of a log: told of it record by record, and then that it has ended. */
import type { RunRecord, RunStatus } from '../run-log-format.ts';

/** Null: nothing is wrong. */
export type Faults = ReadonlyArray<string | null>;

/** Every record but tokens, which are held against their answer, and the header. */
export type WatchedRecord = Exclude<RunRecord, { type: 'token' | 'header' }>;

export interface LogWatch {
  record(record: WatchedRecord): Faults;
  /** What the log as a whole lacks. @param status null in a log without a closing line: it lacks parts by right */
  end(status: RunStatus | null): Faults;
}
