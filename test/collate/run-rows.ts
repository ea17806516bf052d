/** Rows of runs.csv for tests of the analysis: groups of completed runs with given decode rates. */
import { RunReading } from '../../scripts/results/run.ts';
import { type RunRow, runRow } from '../../scripts/results/runs/runs.ts';
import { measuredRow } from './measured-row.ts';
import { header } from './run-records.ts';

let number = 0;

export function aRun(overrides: Partial<RunRow> = {}): RunRow {
  const reading = new RunReading(header(++number, overrides.framework ?? 'llamacpp'));
  const row = runRow(reading.finish({ outcome: { status: 'completed', error: null, broken: [] }, log: 'log.txt' }));
  return measuredRow({ ...row, comparable: true, device: 'cpu', threads: 2, ...overrides });
}

/** A parity run of the same framework, file and settings; it passed unless said otherwise. */
export function aParityRun(overrides: Partial<RunRow> = {}): RunRow {
  return aRun({
    workload: 'parity',
    parity_passed: true,
    parity_reference: 'llama.cpp f32 (v0.5.0)',
    parity_is_reference: false,
    parity_questions: 24,
    parity_equal_tokens: 356,
    parity_tokens: 356,
    parity_top1_agreement: 1,
    parity_kl_mean: 2e-7,
    parity_kl_max: 3e-6,
    ...overrides,
  });
}

/** What a failed one says. */
export const failedParity = {
  parity_passed: false,
  parity_reasons: '2 of 24 answers diverge where the choice of the reference was clear',
  parity_first_divergence: 7,
} as const;

/** A run a rate, in the order in which they started. */
export function runsAt(rates: readonly number[], overrides: Partial<RunRow> = {}): RunRow[] {
  return rates.map((decode_tokens_per_s) => aRun({ decode_tokens_per_s, ...overrides }));
}

/** The same within one session, a round a rate. */
export function runsInRounds(rates: readonly number[], overrides: Partial<RunRow> = {}): RunRow[] {
  const session = '00000000-0000-4000-8000-00000000000f';
  return rates.map((decode_tokens_per_s, iteration) => aRun({ decode_tokens_per_s, session, iteration, ...overrides }));
}
