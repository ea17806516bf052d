/**
 * Tasks as runs answered them, the latest of each framework and format, the pairs that can be made of them, and what results cost:
 * decode rate and memory, from the runs that measured speed where there are any.
 */

import { countedRuns } from '../../collate/analysis/counted-runs.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { poolKey } from '../../collate/analysis/groups.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { comparePaired, type PairedComparison } from '../../scripts/workloads/accuracy/figures.ts';
import type { AccuracyItemRow, AccuracyRow } from '../../scripts/workloads/accuracy/tables.ts';
import { type Metric, metricOf, summaryOf } from './metric.ts';

/** Complete or not, one row for each place, framework, format, task, items and limits; those of a task beside each other. */
export function latestTasks(accuracy: readonly AccuracyRow[]): AccuracyRow[] {
  const rows = accuracy.filter(({ measure }) => measure === 'task');
  const latest = groupBy(rows, (row) => [termsOf(row), row.task, row.framework, row.quantize]).map((same) => {
    const [newest = same[0]] = same.toSorted(
      (a, b) =>
        Number(b.complete === true) - Number(a.complete === true) ||
        (b.started_at ?? '').localeCompare(a.started_at ?? ''),
    );
    return newest;
  });
  return groupBy(latest, (row) => [termsOf(row), row.task]).flat();
}

/** Of one host, device and model, and of the same items only. */
export function pairsOf(accuracy: readonly AccuracyRow[], items: readonly AccuracyItemRow[]): PairedComparison[] {
  const complete = latestTasks(accuracy).filter((row) => row.complete === true);
  const wanted = new Set(complete.map(({ uuid, task }) => `${uuid} ${task}`));
  const correct = new Map<string, Map<string, boolean>>();
  for (const { uuid, task, item_id: id, correct: right } of items) {
    const key = `${uuid} ${task}`;
    if (!wanted.has(key) || id === null || right === null) continue;
    const found = correct.get(key) ?? new Map<string, boolean>();
    correct.set(key, found.set(id, right));
  }
  return comparePaired(
    complete.map((row) => ({
      task: row.task ?? 'unknown task',
      terms: termsOf(row),
      framework: row.framework ?? 'unknown framework',
      quantize: row.quantize ?? 'unknown format',
      bitsPerWeight: row.bits_per_weight ?? 0,
      correct: correct.get(`${row.uuid} ${row.task}`) ?? new Map(),
    })),
  );
}

function termsOf(row: AccuracyRow): string {
  const { hostname, device, model, synthetic, items_sha256, max_tokens, temperature } = row;
  return JSON.stringify([hostname, device, model, synthetic, items_sha256, max_tokens, temperature]);
}

/** A value with its 95 % interval; the interval is null where there is none. */
export interface Estimate {
  readonly value: number;
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** Questions, kernels, or the very answers that were judged. */
export type RateSource = 'qa' | 'kernel' | 'own';

interface Costs {
  /** Never of two kinds beside each other. */
  rateSource: RateSource;
  memoryTitle: string;
  /** In the order of the results; null where no run has the figure. */
  of: ReadonlyArray<{ rate: Estimate | null; memory: Estimate | null; runs: number }>;
}

/** @param results a run of each, and the decode rate of its own answers */
export function costsOf(
  results: ReadonlyArray<{ run: RunRow; ownRate: Estimate | null }>,
  runs: readonly RunRow[],
): Costs {
  const found = {
    qa: speedRuns(results, runs, 'qa'),
    kernel: speedRuns(results, runs, 'kernel'),
    own: results.map(({ run }) => [run]),
  };
  const withOwn = results.filter(({ ownRate }) => ownRate !== null).length;
  const covered = (source: 'qa' | 'kernel') => found[source].filter((each) => each.length > 0).length;
  // The kind that most results have; of equals questions before kernels before their own answers.
  const rateSource =
    covered('qa') > 0 && covered('qa') >= Math.max(covered('kernel'), withOwn)
      ? 'qa'
      : covered('kernel') > 0 && covered('kernel') >= withOwn
        ? 'kernel'
        : 'own';
  const chosen = found[rateSource];
  const memory = memoryMetric(chosen.flat());
  return {
    rateSource,
    memoryTitle: memory === peak ? 'Peak resident memory' : 'Model file',
    of: results.map(({ ownRate }, i) => {
      const own = chosen[i] ?? [];
      const rate = rateSource === 'own' ? ownRate : estimateOf(own, rateMetrics[rateSource]);
      return { rate, memory: estimateOf(own, memory), runs: own.length };
    }),
  };
}

const rateMetrics = { qa: metricOf('decode_tokens_per_s'), kernel: metricOf('tg_tokens_per_s') } as const;
const [peak, file] = [metricOf('peak_rss_bytes'), metricOf('model_bytes')];

/** The file's size stands in as soon as one of them has no peak: two meters never share an axis. */
function memoryMetric(runs: readonly RunRow[]): Metric {
  return runs.every((run) => run.peak_rss_bytes !== null) ? peak : file;
}

const sameWork = [
  'hostname',
  'device',
  'framework',
  'model_sha256',
  'quantize',
  'precision',
  'compile',
  'device_count',
  'shard',
  'comparable',
] as const satisfies ReadonlyArray<keyof RunRow>;

/** Runs of the same work on the same host; of several settings those with most runs. */
function speedRuns(
  results: ReadonlyArray<{ run: RunRow }>,
  runs: readonly RunRow[],
  workload: 'qa' | 'kernel',
): RunRow[][] {
  const candidates = countedRuns(runs).filter((run) => run.workload === workload);
  return results.map(({ run }) => {
    const alike = candidates.filter((other) => sameWork.every((name) => other[name] === run[name]));
    const settings = groupBy(alike, poolKey);
    return settings.reduce<RunRow[]>((most, each) => (each.length >= most.length ? each : most), []);
  });
}

function estimateOf(runs: readonly RunRow[], metric: Metric): Estimate | null {
  const summary = summaryOf(runs, metric);
  return summary === null ? null : { value: summary.center, interval: summary.interval };
}
