/** Quality of each framework and format beside its decode rate and memory, by host, device and model. */
import { countedRuns } from '../../collate/analysis/counted-runs.ts';
import { differingSettings } from '../../collate/analysis/group-names.ts';
import { groupKeyOf } from '../../collate/analysis/groups.ts';
import { parityOf } from '../../collate/analysis/parity.ts';
import type { AccuracyRow } from '../../collate/tables/columns/accuracy.ts';
import type { RunRow } from '../../collate/tables/columns/runs.ts';
import { wilsonInterval } from '../../scripts/measure/wilson.ts';
import { bucket, modelName } from './groups.ts';
import { type Metric, metricOf, summaryOf } from './metric.ts';
import { markOf } from './standing.ts';

/** A value with its 95 % interval; the interval is null where there is none. */
export interface Estimate {
  readonly value: number;
  readonly interval: { readonly low: number; readonly high: number } | null;
}

export interface QualityPoint {
  readonly framework: string;
  readonly name: string;
  readonly weightClass: string;
  readonly bitsPerWeight: number | null;
  /** Why it is not ranked; null where it is. */
  readonly mark: ReturnType<typeof markOf>;
  readonly quality: Estimate;
  /** Null where no run has this figure. */
  readonly rate: Estimate | null;
  readonly memory: Estimate | null;
  /** Behind rate and memory. */
  readonly runs: number;
  /** As `correct of items`; null where quality is no share of items. */
  readonly counted: { readonly correct: number; readonly items: number } | null;
}

export type QualityMeasure = 'share' | 'perplexity' | 'kl';

export interface QualityPanel {
  readonly hostname: string;
  readonly device: string;
  readonly model: string;
  readonly measure: QualityMeasure;
  /** What the quality is of, in words. */
  readonly scope: string;
  /** Where the decode rates come from; never of two kinds in one panel. */
  readonly rateSource: RateSource;
  readonly memoryTitle: string;
  readonly points: readonly QualityPoint[];
  /** Names of those that answered other items and cannot stand beside the points. */
  readonly left: readonly string[];
}

type RateSource = 'qa' | 'kernel' | 'own';

/** A run of accuracy.csv, and its row in runs.csv. */
interface Measured {
  row: AccuracyRow;
  run: RunRow;
}

/** One framework in one setting, with what it measured, the latest of each kind. */
interface Contender {
  run: RunRow;
  rows: AccuracyRow[];
}

export function qualityPanels(accuracy: readonly AccuracyRow[], runs: readonly RunRow[]): QualityPanel[] {
  const byUuid = new Map(runs.map((run) => [run.uuid, run]));
  const measured = accuracy.flatMap((row): Measured[] => {
    const run = byUuid.get(row.uuid);
    return run === undefined || row.complete === false ? [] : [{ row, run }];
  });
  return bucket(measured, ({ run }) => [run.hostname, run.device, run.model, run.synthetic]).flatMap((place) => {
    const contenders = contendersOf(place);
    const shares = panelOf('share', contenders, runs);
    const kl = panelOf('kl', contenders, runs);
    return [shares ?? panelOf('perplexity', contenders, runs), kl].filter((panel) => panel !== null);
  });
}

function contendersOf(measured: readonly Measured[]): Contender[] {
  const settingOf = ({ run }: Measured) => [
    run.framework,
    run.quantize,
    run.precision,
    run.compile,
    run.device_count,
    run.shard,
    run.comparable,
  ];
  return bucket(measured, settingOf).map((same) => {
    const latestFirst = same.toSorted((a, b) => (b.run.started_at ?? '').localeCompare(a.run.started_at ?? ''));
    const rows = bucket(latestFirst, ({ row }) => [keyOf(row)]).map(([{ row }]) => row);
    return { run: latestFirst[0]?.run ?? same[0].run, rows };
  });
}

/** What two results must have in common to be compared. */
export function keyOf(row: AccuracyRow): string {
  const { measure, task, items_sha256, max_tokens, temperature, text_sha256, chunk_tokens, reference } = row;
  return JSON.stringify(
    measure === 'task' ? [task, items_sha256, max_tokens, temperature] : [text_sha256, chunk_tokens, reference],
  );
}

function panelOf(
  measure: QualityMeasure,
  contenders: readonly Contender[],
  runs: readonly RunRow[],
): QualityPanel | null {
  const able = contenders
    .map(({ run, rows }) => ({ run, rows: rows.filter((row) => kinds[measure].has(row)) }))
    .filter(({ rows }) => rows.length > 0);
  const keys = commonKeys(able);
  const compared = able
    .map(({ run, rows }) => ({ run, rows: rows.filter((row) => keys.has(keyOf(row))) }))
    .filter(({ rows }) => rows.length === keys.size);
  const [first] = compared;
  if (first === undefined) return null;
  const names = nameAll(able.map(({ run }) => run));
  const { source, speeds } = speedsOf(compared, runs);
  const memory = memoryMetric(speeds.flat());
  return {
    hostname: first.run.hostname ?? 'unknown host',
    device: first.run.device ?? 'unknown device',
    model: modelName({ model: first.run.model ?? 'unknown model', synthetic: first.run.synthetic === true }),
    measure,
    scope: kinds[measure].scope(first.rows),
    rateSource: source,
    memoryTitle: memory.name === 'model_bytes' ? 'Model file' : 'Peak resident memory',
    points: compared.map(({ run, rows }, i) => {
      const { quality, counted } = kinds[measure].estimate(rows);
      const own = speeds[i] ?? [];
      return {
        framework: run.framework ?? 'unknown framework',
        name: names(run),
        weightClass: run.weight_class ?? 'unknown weight class',
        bitsPerWeight: run.bits_per_weight,
        mark: markOf({ comparable: run.comparable !== false, parity: parityOf([run], runs) }),
        quality,
        counted,
        rate: source === 'own' ? ownRate(rows) : estimateOf(own, rateMetrics[source]),
        memory: estimateOf(own, memory),
        runs: own.length,
      };
    }),
    left: able.filter((each) => !compared.some(({ run }) => run === each.run)).map(({ run }) => names(run)),
  };
}

const kinds: Record<
  QualityMeasure,
  {
    has: (row: AccuracyRow) => boolean;
    scope: (rows: readonly AccuracyRow[]) => string;
    estimate: (rows: readonly AccuracyRow[]) => Pick<QualityPoint, 'quality' | 'counted'>;
  }
> = {
  share: {
    has: ({ measure, items }) => measure === 'task' && (items ?? 0) > 0,
    scope: taskScope,
    estimate: (rows) => {
      const sum = (pick: (row: AccuracyRow) => number | null) =>
        rows.reduce((total, row) => total + (pick(row) ?? 0), 0);
      const [correct, items] = [sum((row) => row.correct), sum((row) => row.items)];
      return {
        quality: { value: correct / items, interval: wilsonInterval(correct, items) },
        counted: { correct, items },
      };
    },
  },
  perplexity: {
    has: ({ perplexity }) => perplexity !== null,
    scope: textScope,
    estimate: ([row]) => ({ quality: withError(row?.perplexity, row?.perplexity_error), counted: null }),
  },
  kl: {
    has: ({ kl_mean: kl, is_reference: isReference }) => kl !== null && isReference !== true,
    scope: textScope,
    estimate: ([row]) => ({ quality: withError(row?.kl_mean, row?.kl_error), counted: null }),
  },
};

const normal95 = 1.959964;

function withError(value: number | null | undefined, error: number | null | undefined): Estimate {
  const mean = value ?? Number.NaN;
  return {
    value: mean,
    interval: error == null ? null : { low: mean - normal95 * error, high: mean + normal95 * error },
  };
}

/** Those that every contender has; where there are none, the one that most have. */
function commonKeys(contenders: readonly Contender[]): Set<string> {
  const counts = new Map<string, number>();
  for (const { rows } of contenders) for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  const common = [...counts].filter(([, count]) => count === contenders.length).map(([key]) => key);
  if (common.length > 0) return new Set(common);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return new Set(most === undefined ? [] : [most[0]]);
}

const rateMetrics = { qa: metricOf('decode_tokens_per_s'), kernel: metricOf('tg_tokens_per_s') } as const;

/** Of the kind that most contenders have: questions before kernels before their own answers. */
function speedsOf(
  contenders: readonly Contender[],
  runs: readonly RunRow[],
): { source: RateSource; speeds: RunRow[][] } {
  const ofKind = (workload: 'qa' | 'kernel') => {
    const candidates = countedRuns(runs).filter((run) => run.workload === workload);
    return contenders.map(({ run }) => speedRuns(run, candidates));
  };
  const found = { qa: ofKind('qa'), kernel: ofKind('kernel'), own: contenders.map(({ run }) => [run]) };
  const covered = (source: 'qa' | 'kernel') => found[source].filter((each) => each.length > 0).length;
  const withOwn = contenders.filter(({ rows }) => ownRate(rows) !== null).length;
  const source =
    covered('qa') > 0 && covered('qa') >= Math.max(covered('kernel'), withOwn)
      ? 'qa'
      : covered('kernel') > 0 && covered('kernel') >= withOwn
        ? 'kernel'
        : 'own';
  return { source, speeds: found[source] };
}

/** Runs of the same work on the same host; of several settings those with most runs, and never two settings together. */
function speedRuns(run: RunRow, candidates: readonly RunRow[]): RunRow[] {
  const alike = candidates.filter((other) =>
    (
      [
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
      ] as const
    ).every((name) => other[name] === run[name]),
  );
  const settings = bucket(alike, (other) => [
    other.framework_version,
    other.threads,
    other.gpu_layers,
    other.context_tokens,
    other.batch_tokens,
    other.flash_attention,
    other.kv_type,
    other.max_tokens,
    other.temperature,
    other.n_gen,
    other.depth,
  ]);
  return settings.reduce<RunRow[]>((most, each) => (each.length >= most.length ? each : most), []);
}

function estimateOf(runs: readonly RunRow[], metric: Metric): Estimate | null {
  const summary = summaryOf(runs, metric);
  return summary === null ? null : { value: summary.mean, interval: summary.interval };
}

/** Total tokens over total time of the answers. */
function ownRate(rows: readonly AccuracyRow[]): Estimate | null {
  let tokens = 0;
  let seconds = 0;
  for (const { decode_tokens_per_s: rate, mean_answer_tokens: mean, answers } of rows) {
    const decoded = ((mean ?? 0) - 1) * (answers ?? 0);
    if (rate === null || rate <= 0 || decoded <= 0) continue;
    tokens += decoded;
    seconds += decoded / rate;
  }
  return seconds > 0 ? { value: tokens / seconds, interval: null } : null;
}

const [peak, file] = [metricOf('peak_rss_bytes'), metricOf('model_bytes')];

/** The file's size stands in as soon as one of them has no peak: two meters never share an axis. */
function memoryMetric(runs: readonly RunRow[]): Metric {
  return runs.every((run) => run.peak_rss_bytes !== null) ? peak : file;
}

function nameAll(runs: readonly RunRow[]): (run: RunRow) => string {
  const keys = runs.map(groupKeyOf);
  return (run) => [`${run.framework} ${run.quantize}`, ...differingSettings(groupKeyOf(run), keys)].join(', ');
}

function taskScope(rows: readonly AccuracyRow[]): string {
  const items = rows.reduce((sum, row) => sum + (row.items ?? 0), 0);
  const limits = [...new Set(rows.map((row) => row.max_tokens ?? 0))].sort((a, b) => a - b);
  const names = rows.length > 6 ? `${rows.length} tasks` : rows.map((row) => row.task).join(', ');
  const heat = [...new Set(rows.map((row) => row.temperature ?? 0))];
  return `${items} items (${names}), at most ${limits.length > 1 ? `${limits[0]} to ` : ''}${limits.at(-1)} tokens an answer, ${heat.every((t) => t === 0) ? 'greedy' : `temperature ${heat.join(', ')}`}`;
}

function textScope([row]: readonly AccuracyRow[]): string {
  const against = row?.reference == null ? '' : ` against ${row.reference}`;
  return `${row?.text ?? 'a text'}, ${row?.scored_tokens ?? 0} tokens in chunks of ${row?.chunk_tokens ?? 0}${against}`;
}
