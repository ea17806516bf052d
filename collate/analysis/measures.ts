/** The figures of a run that are summarised and compared, and which way is better. */

import { type RunRow, runColumns } from '../../scripts/results/runs/runs.ts';
import { type Sample, sessionName } from '../../scripts/statistics/log-ratio.ts';

export interface Measure {
  column:
    | 'decode_tokens_per_s'
    | 'prefill_tokens_per_s'
    | 'ttft_ms'
    | 'tpot_ms'
    | 'e2e_mean_ms'
    | 'pp_tokens_per_s'
    | 'tg_tokens_per_s'
    | 'embed_tokens_per_s'
    | 'embed_texts_per_s'
    | 'embed_batch_ms'
    | 'peak_rss_bytes';
  better: 'higher' | 'lower';
}

const memory: Measure = { column: 'peak_rss_bytes', better: 'lower' };

const answerMeasures: readonly Measure[] = [
  { column: 'decode_tokens_per_s', better: 'higher' },
  { column: 'prefill_tokens_per_s', better: 'higher' },
  { column: 'ttft_ms', better: 'lower' },
  { column: 'tpot_ms', better: 'lower' },
  { column: 'e2e_mean_ms', better: 'lower' },
  memory,
];

/** Kernel numbers have names of their own and never stand beside end-to-end numbers. */
const kernelMeasures: readonly Measure[] = [
  { column: 'tg_tokens_per_s', better: 'higher' },
  { column: 'pp_tokens_per_s', better: 'higher' },
  memory,
];

const embeddingMeasures: readonly Measure[] = [
  { column: 'embed_tokens_per_s', better: 'higher' },
  { column: 'embed_texts_per_s', better: 'higher' },
  { column: 'embed_batch_ms', better: 'lower' },
  memory,
];

/** The first is the one by which contenders are ordered. */
export function measuresOf(workload: string | null): readonly Measure[] {
  if (workload === 'embedding') return embeddingMeasures;
  return workload === 'kernel' ? kernelMeasures : answerMeasures;
}

export function titleOf({ column }: Measure): { title: string; unit: string } {
  const { title, unit } = runColumns.find((each) => each.name === column) ?? { title: column, unit: '' };
  return { title, unit };
}

/** One value a run; runs without the figure are left out. */
export function valuesOf(runs: readonly RunRow[], { column }: Measure): number[] {
  return runs.map((run) => run[column]).filter((value) => value !== null);
}

/** The same, each with its place in its session. What is not above 0 has no logarithm, and is no figure of anything measured. */
export function samplesOf(runs: readonly RunRow[], { column }: Pick<Measure, 'column'>): Sample[] {
  return runs.flatMap(({ [column]: value, session, sweep, iteration }) =>
    value === null || value <= 0 ? [] : [{ value, session: sessionName(session, sweep), round: iteration }],
  );
}
