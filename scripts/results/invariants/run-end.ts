/** How a run ends that says something impossible: as failed, whatever it thought of itself. */
import { exitCodes } from '../../command-line/errors.ts';
import type { EndRecord, RunRecord } from '../../log/run-log-format.ts';
import { faultsOf } from './run-faults.ts';

interface RunEnd {
  closing: EndRecord;
  exitCode: number;
}

const namedFaults = 3;

/** @param records all before the closing line */
export function checkedEnd(records: readonly RunRecord[], { closing, exitCode }: RunEnd): RunEnd {
  const faults = faultsOf([...records, closing]);
  if (closing.status !== 'completed' || faults.length === 0) return { closing, exitCode };
  const [named, rest] = [faults.slice(0, namedFaults), faults.length - namedFaults];
  const error = {
    message: `the log says what cannot be: ${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`,
    remedy: 'No figure of this run can be believed. Measure again, and report it with the log if it comes back.',
  };
  return { closing: { ...closing, status: 'failed', error }, exitCode: exitCodes.failed };
}
