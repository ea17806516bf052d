/**
 * What must hold in every log, regardless of what was measured (docs/measurement.md, rule 15). The run itself is checked by this before any
 * figure of it is printed, and its log when it is read: one that breaks an invariant says something impossible, and none of its
 * figures can be believed.
 */
import { exitCodes } from '../../command-line/errors.ts';
import type { EndRecord, Header, RunRecord, RunStatus } from '../../log/run-log-format.ts';
import { rulesOf } from '../../workloads/invariants.ts';
import { watchBounds } from './bounds-faults.ts';
import type { LogWatch } from './log-watch.ts';
import { watchMachine } from './machine-faults.ts';
import { watchOperators } from './operator-faults.ts';
import { watchSpans } from './span-faults.ts';
import { watchWholeLog } from './whole-log-faults.ts';

/** Faults of a run's records, in their order. */
export function faultsOf(records: readonly RunRecord[]): string[] {
  const header = records.find((record) => record.type === 'header');
  if (header === undefined) return [];
  const faults = new RunFaults(header);
  return [...records.flatMap((record) => faults.record(record)), ...faults.end()];
}

/** Told of a log record by record; keeps of it only what the next one is compared with. */
export class RunFaults {
  readonly #watches: readonly LogWatch[];
  readonly #tokenWatches: readonly LogWatch[];
  #status: RunStatus | null = null;

  constructor(header: Header) {
    const spans = watchSpans();
    const rules = rulesOf(header.workload);
    this.#watches = [
      watchWholeLog(header),
      watchBounds(header),
      spans,
      watchMachine(header, rules),
      watchOperators(),
      ...(rules.watch?.(header, spans) ?? []),
    ];
    this.#tokenWatches = this.#watches.filter(({ token }) => token !== undefined);
  }

  /** Faults of this record. */
  record(record: RunRecord): string[] {
    if (record.type === 'header') return [];
    if (record.type === 'token') {
      const late = this.#status === null ? null : 'a token stands behind the closing line';
      return [...this.#tokenWatches.flatMap((watch) => watch.token?.(record) ?? []), late].filter(
        (fault) => fault !== null,
      );
    }
    if (record.type === 'end') this.#status = record.status;
    return this.#watches.flatMap((watch) => watch.record(record)).filter((fault) => fault !== null);
  }

  /** Faults of the log as a whole, once it has ended. */
  end(): string[] {
    return this.#watches.flatMap((watch) => watch.end(this.#status)).filter((fault) => fault !== null);
  }
}

interface RunEnd {
  closing: EndRecord;
  exitCode: number;
}

/** In the reason that stands in runs.csv; the collation names more. */
const namedFaults = 3;

/** Why a run has failed whose log contradicts itself. */
export function impossibleText(faults: readonly string[]): string {
  const rest = faults.length - namedFaults;
  return `the log says what cannot be: ${faults.slice(0, namedFaults).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

/** A run that says something impossible ends as failed, no matter how it would have ended. @param records all before the closing line */
export function checkedEnd(records: readonly RunRecord[], { closing, exitCode }: RunEnd): RunEnd {
  const faults = faultsOf([...records, closing]);
  if (closing.status !== 'completed' || faults.length === 0) return { closing, exitCode };
  const error = {
    message: impossibleText(faults),
    remedy: 'No figure of this run can be believed. Measure again, and report it with the log if it comes back.',
  };
  return { closing: { ...closing, status: 'failed', error }, exitCode: exitCodes.failed };
}
