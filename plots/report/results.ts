/** The figures of the report for programs: what its tables and charts are made from, with the runs behind each. */
import { groupBy } from '../../collate/analysis/group-by.ts';
import { groupRuns, pick } from '../../collate/analysis/groups.ts';
import { differingSettings } from '../../collate/analysis/measurement.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Interval } from '../../scripts/statistics/statistics.ts';
import { type Group, type Member, memberKey, whyNotRanked } from '../data/groups.ts';
import { isLowerBound, metricOf, summaryOf } from '../data/metric.ts';
import type { PlotData } from '../data/plot-data.ts';
import { warningCodes } from '../data/run-quality.ts';
import { choices, decodeFigure, type Figure, overNext, overSlowest, type Verdict } from '../data/verdicts.ts';
import type { Results } from './report-file.ts';

type ResultGroup = Results['groups'][number];
type Result = ResultGroup['results'][number];
type Measured = Pick<Member, 'framework' | 'quantize' | 'setting' | 'comparable' | 'unequal' | 'parity' | 'runs'>;

/** Columns of runs.csv that stand in tables and charts of results; one is left out where no run has it. */
const reported = [
  ...choices.map(({ figure: { metric } }) => metric.name),
  'tpot_ms',
  'e2e_ms',
  'e2e_tokens_per_s',
  'itl_p50_ms',
  'itl_p95_ms',
  'itl_p99_ms',
  'memory_throughput_gb_s',
  'param_throughput_gb_s',
  'mbu',
  'mfu',
  'model_memory_bytes',
  'loaded_rss_bytes',
  'device_memory_bytes',
  'model_load_ms',
  'warmup_ms',
  'ttft_cold_ms',
  'joules_per_token_decode',
  'joules_per_token_prefill',
  'pp_tokens_per_s',
  'tg_tokens_per_s',
] as const;

export function resultsOf(data: PlotData): Results {
  return {
    hosts: hostsOf(data.runs),
    models: modelsOf(data.runs),
    groups: data.groups.map((group) => ({
      ...pick(group, ['hostname', 'device', 'model']),
      weight_class: group.weightClass,
      condition: group.condition,
      synthetic: group.synthetic,
      results: group.members.map((member) => resultOf(memberKey(member), member)),
      comparisons: comparisonsOf(group),
    })),
    kernel: kernelOf(data.runs),
    warnings: warningCodes(data.runs),
    did_not_run: data.notRun.map((run) => ({
      run: run.uuid,
      framework: run.framework,
      model: run.model ?? run.size,
      quantize: run.quantize ?? run.quantize_asked,
      ...pick(run, ['hostname', 'device', 'workload', 'status', 'error', 'remedy', 'log']),
    })),
  };
}

function resultOf(name: string, member: Measured): Result {
  const { runs } = member;
  const reason = whyNotRanked(member);
  return {
    name,
    framework: member.framework,
    framework_version: runs[0]?.framework_version ?? null,
    quantize: member.quantize,
    setting: member.setting,
    threads: runs[0]?.threads ?? null,
    ranked: reason === null,
    not_ranked_because: reason,
    parity: member.parity.state,
    certificate_failed: runs.filter(({ certificate }) => certificate === 'failed').length,
    runs: runs.flatMap(({ uuid }) => uuid ?? []),
    metrics: reported.flatMap((column) => {
      const metric = metricOf(column);
      const summary = summaryOf(runs, metric);
      if (summary === null) return [];
      return {
        name: column,
        title: metric.title,
        unit: metric.unit,
        n: summary.count,
        mean: summary.center,
        interval: intervalOf(summary.interval),
        lower_bound: isLowerBound(runs, metric),
        values: runs.flatMap((run) => {
          const value = run[column];
          return run.uuid === null || value === null ? [] : { run: run.uuid, value };
        }),
      };
    }),
  };
}

function comparisonsOf(group: Group): ResultGroup['comparisons'] {
  return [
    ...choices.flatMap(({ figure }) => {
      const verdict = overNext(group, figure);
      return verdict === null ? [] : comparisonOf(verdict, figure, 'next');
    }),
    ...overSlowest(group).map((verdict) => comparisonOf(verdict, decodeFigure, 'slowest')),
  ];
}

function comparisonOf(
  { faster, slower, ratio, interval, p, decision, sentence, roundsNeeded }: Verdict,
  { metric, better }: Figure,
  beside: 'next' | 'slowest',
): ResultGroup['comparisons'][number] {
  return {
    metric: metric.name,
    better,
    beside,
    faster: memberKey(faster),
    slower: memberKey(slower),
    ratio,
    interval: intervalOf(interval),
    p_holm: p,
    decision,
    verdict: sentence,
    rounds_needed: roundsNeeded,
  };
}

function intervalOf(interval: Interval | null): { low: number; high: number; level: 0.95 } | null {
  return interval === null ? null : { ...interval, level: 0.95 };
}

function kernelOf(runs: readonly RunRow[]): Results['kernel'] {
  const groups = groupRuns(runs).filter(({ key }) => key.workload === 'kernel');
  const keys = groups.map(({ key }) => key);
  return groups.map(({ key, runs: measured, parity }) => {
    const setting = differingSettings(key, keys).join(', ');
    const framework = key.framework ?? 'unknown framework';
    return {
      ...pick(key, ['hostname', 'device', 'model', 'n_prompt', 'n_gen', 'depth']),
      result: resultOf([framework, setting].filter((part) => part !== '').join(' · '), {
        framework,
        quantize: key.quantize ?? '',
        setting,
        comparable: key.comparable !== false,
        unequal: null,
        parity,
        runs: measured,
      }),
    };
  });
}

function hostsOf(runs: readonly RunRow[]): Results['hosts'] {
  return groupBy(
    runs.filter(({ hostname }) => hostname !== null),
    ({ hostname, platform, release, cpu_model }) => [hostname, platform, release, cpu_model],
  ).map((ofHost) => {
    const [run] = ofHost;
    return {
      hostname: run.hostname ?? '',
      ...pick(run, ['platform', 'release', 'cpu_model', 'physical_cores', 'usable_cores', 'memory_bytes']),
      devices: [...new Set(ofHost.flatMap(({ device }) => device ?? []))].sort(),
    };
  });
}

function modelsOf(runs: readonly RunRow[]): Results['models'] {
  return groupBy(
    runs.filter(({ model_sha256: sha }) => sha !== null),
    ({ model, quantize, model_sha256 }) => [model, quantize, model_sha256],
  ).map(([run]) => ({
    model: run.model,
    source: run.model_source,
    synthetic: run.synthetic === true,
    ...pick(run, ['parameters', 'quantize', 'weight_class', 'bits_per_weight']),
    bytes: run.model_bytes,
    sha256: run.model_sha256,
  }));
}
