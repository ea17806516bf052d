/** The contract of what watches a log: one concern of it, given record by record, and then the end. */
import type { CheckpointName, Header, RunRecord, RunStatus } from '../../log/run-log-format.ts';
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

/** A closed span, in nanoseconds since the origin of the run. */
export interface Span {
  startNs: number;
  endNs: number;
}

export interface Spans extends LogWatch {
  /** The last one of this name that ended; undefined where there is none. */
  closed(name: CheckpointName, label?: string): Span | undefined;
  isOpen(name: CheckpointName, label?: string): boolean;
  /** Whether this log has such spans at all. */
  knows(name: CheckpointName): boolean;
  /** What is wrong with work of this name that should stand within an open span; null in logs without such spans. */
  placeFault(work: string, name: CheckpointName, label?: string): string | null;
}

/** A setting that is a number; undefined in logs that do not say it. */
export function askedNumber({ requested }: Pick<Header, 'requested'>, name: string): number | undefined {
  const value = requested[name];
  return typeof value === 'number' ? value : undefined;
}

/** What must hold in the logs of one workload, beside what must hold in all logs. */
export interface WorkloadRules {
  /** Record types that it writes beside its own. */
  alsoWrites?: ReadonlyArray<RunRecord['type']>;
  /** Record types that stand in a log once. */
  once?: ReadonlyArray<RunRecord['type']>;
  /** What every completed run has measured; where the machine was watched, such a run is certified. */
  result?: RunRecord['type'];
  /** Whether the run starts engines of its own: then its log has no readings of the memory of one. */
  ownEngines?: true;
  watch?(header: Header, spans: Spans): readonly LogWatch[];
}
