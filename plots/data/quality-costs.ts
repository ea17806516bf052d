/** What results cost: decode rate and memory, from the runs that measured speed where there are any. */
import { sum } from 'd3-array';
import { countedRuns } from '../../collate/analysis/counted-runs.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { poolKey } from '../../collate/analysis/groups.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Interval } from '../../scripts/statistics/statistics.ts';
import type { AccuracyRow } from '../../scripts/workloads/accuracy/tables.ts';
import { decodeRate, type Metric, metricOf, summaryOf } from './metric.ts';

/** A value with its 95 % interval; the interval is null where there is none. */
export interface Estimate {
  readonly value: number;
  readonly interval: Readonly<Interval> | null;
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

/** Total tokens over total time of the answers. */
export function rateOfAnswers(rows: readonly AccuracyRow[]): Estimate | null {
  const timed = rows.flatMap(({ decode_tokens_per_s: rate, mean_answer_tokens: mean, answers }) => {
    const decoded = ((mean ?? 0) - 1) * (answers ?? 0);
    return rate === null || rate <= 0 || decoded <= 0 ? [] : { decoded, seconds: decoded / rate };
  });
  if (timed.length === 0) return null;
  return { value: sum(timed, ({ decoded }) => decoded) / sum(timed, ({ seconds }) => seconds), interval: null };
}

const rateMetrics = { qa: decodeRate, kernel: metricOf('tg_tokens_per_s') } as const;
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
