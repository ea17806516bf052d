/** The figures of a run that are summarised and compared, which way is better, and the runs that stand far off in one. */
import type { Figures } from '../../scripts/results/compare.ts';
import { type RunRow, runColumns } from '../../scripts/results/runs/runs.ts';
import { type Sample, sessionName } from '../../scripts/statistics/log-ratio.ts';
import { fewestForOutliers, isFarOff, median, modifiedZScores } from '../../scripts/statistics/statistics.ts';
import { smallestEffect } from '../../scripts/statistics/verdict.ts';
import type { IdenticalRuns } from './counted-runs.ts';

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

/** Of all workloads, each once. */
export const measureColumns: readonly string[] = [
  ...new Set([...answerMeasures, ...kernelMeasures, ...embeddingMeasures].map(({ column }) => column)),
];

/** Declared beforehand, whatever the figures are: decode, prefill, TTFT and peak memory, and what stands for them in other workloads. */
const primary: ReadonlySet<string> = new Set<Measure['column']>([
  ...(['decode_tokens_per_s', 'prefill_tokens_per_s', 'ttft_ms'] as const),
  ...(['tg_tokens_per_s', 'pp_tokens_per_s', 'embed_tokens_per_s', 'peak_rss_bytes'] as const),
]);

/** The figures by which builds are judged; the others follow from them, or show where a change comes from. */
export function isPrimary({ column }: { column: string }): boolean {
  return primary.has(column);
}

/** A prefill rate with the first token's sampling in it is a lower bound, no match for one without. */
export function meansTheSame({ column }: Pick<Measure, 'column'>, a: readonly RunRow[], b: readonly RunRow[]): boolean {
  if (column !== 'prefill_tokens_per_s') return true;
  const isBound = (runs: readonly RunRow[]) => runs.some((run) => run.prefill_is_lower_bound === true);
  return isBound(a) === isBound(b);
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

interface GroupRuns {
  runs: readonly RunRow[];
  identical: readonly IdenticalRuns[];
}

/** The samples of a group, and those of runs that are known to be identical. */
export function figuresOf({ runs, identical }: GroupRuns, measure: Measure): Figures {
  return {
    samples: samplesOf(runs, measure),
    identical: identical.map(({ a, b }) => ({ a: samplesOf(a, measure), b: samplesOf(b, measure) })),
  };
}

export interface Outlier {
  uuid: string;
  value: number;
  /** Modified z-score over the median absolute deviation. */
  z: number;
}

export function outliersOf(runs: readonly RunRow[], { column }: Pick<Measure, 'column'>): Outlier[] {
  return outliersAmong(runs, (run) => run[column]);
}

/**
 * Runs that stand far from the others of their group, and by more than a negligible effect. They are marked and stay in the data.
 * @param figureOf the figure by which runs are compared with each other
 */
export function outliersAmong(runs: readonly RunRow[], figureOf: (run: RunRow) => number | null): Outlier[] {
  const measured = runs.flatMap((run) => {
    const value = figureOf(run);
    return value === null ? [] : [{ uuid: run.uuid ?? '', value }];
  });
  if (measured.length < fewestForOutliers) return [];
  const values = measured.map(({ value }) => value);
  const scores = modifiedZScores(values);
  const center = median(values);
  return measured
    .map((run, i) => ({ ...run, z: scores[i] ?? 0 }))
    .filter(({ z, value }) => isFarOff(value, z, center, smallestEffect));
}

export function withoutOutliers(runs: readonly RunRow[], measure: Measure): RunRow[] {
  const marked = new Set(outliersOf(runs, measure).map(({ uuid }) => uuid));
  return runs.filter((run) => !marked.has(run.uuid ?? ''));
}
