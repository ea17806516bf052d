/** Rows of runs.csv for tests of the analysis: groups of completed runs with given decode rates. */
import { emptyRun } from '../../collate/logs/run.ts';
import type { RunRow } from '../../collate/tables/columns.ts';
import { runRow } from '../../collate/tables/runs.ts';
import { header } from './run-records.ts';

let number = 0;

export function aRun(overrides: Partial<RunRow> = {}): RunRow {
  const run = emptyRun(header(++number, overrides.framework ?? 'llamacpp'));
  const row = runRow(run, { status: 'completed', error: null, problems: [], crc: 0 }, 'log.txt');
  return { ...row, comparable: true, device: 'cpu', threads: 2, ...overrides };
}

/** A run a rate, in the order in which they started. */
export function runsAt(rates: readonly number[], overrides: Partial<RunRow> = {}): RunRow[] {
  return rates.map((decode_tokens_per_s) => aRun({ decode_tokens_per_s, ...overrides }));
}
