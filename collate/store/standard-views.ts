/**
 * The views that most questions are answered by. A cell is what the analysis compares (../analysis/groups.ts), across sessions; runs
 * count by its rule too (../analysis/counted-runs.ts).
 */
import { energyColumns, qualityColumns } from '../../scripts/results/runs/quality.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { ungrouped } from '../analysis/counted-runs.ts';
import { cellColumns, contenderColumns } from '../analysis/groups.ts';
import { literal, quoted } from './stored-column.ts';

type RunColumn = keyof RunRow;

const inCell: readonly RunColumn[] = [...cellColumns, ...contenderColumns].filter((column) => column !== 'session');
const acrossVersions = inCell.filter((column) => column !== 'framework_version');

function list(columns: readonly string[]): string {
  return columns.map(quoted).join(', ');
}

/** Completed runs that measured speed, but for twins and those that gave way to a better try of their turn. */
const countedRuns = `CREATE VIEW counted_runs AS SELECT * FROM flat.runs r
  WHERE status = 'completed' AND twin IS DISTINCT FROM true
    AND (workload IS NULL OR workload NOT IN (${ungrouped.flatMap((name) => (name === null ? [] : [literal(name)])).join(', ')}))
    AND NOT (certificate IS NOT DISTINCT FROM 'failed' AND EXISTS (SELECT 1 FROM flat.runs b
      WHERE b.status = 'completed' AND b.attempt > 0 AND b.certificate IS DISTINCT FROM 'failed'
        AND b.session IS NOT DISTINCT FROM r.session AND b.turn IS NOT DISTINCT FROM r.turn))`;

function perCell(name: string, figures: readonly string[]): string {
  return `CREATE VIEW ${name} AS SELECT ${list(inCell)}, count(*) AS runs, ${figures.join(', ')}, max(started_at) AS latest_at
    FROM counted_runs GROUP BY ${list(inCell)}`;
}

const spread = (column: RunColumn) => [
  `median(${column}) AS ${column}_median`,
  `min(${column}) AS ${column}_min`,
  `max(${column}) AS ${column}_max`,
];

/** Geometric, as everywhere; what is not above 0 has no logarithm. */
const mean = (column: RunColumn) => `exp(avg(ln(CASE WHEN ${column} > 0 THEN ${column} END))) AS ${column}_geomean`;

const latestPerCell = `CREATE VIEW latest_per_cell AS SELECT ${list(inCell)}, started_at, uuid, decode_tokens_per_s, prefill_tokens_per_s,
    ttft_ms, tpot_ms, e2e_mean_ms, pp_tokens_per_s, tg_tokens_per_s, embed_tokens_per_s, peak_rss_bytes, certificate, warnings, log
  FROM counted_runs QUALIFY row_number() OVER (PARTITION BY ${list(acrossVersions)} ORDER BY started_at DESC, uuid DESC) = 1`;

const latencyPerCell = perCell(
  'latency_per_cell',
  (['ttft_ms', 'tpot_ms', 'itl_p50_ms', 'itl_p95_ms', 'itl_p99_ms', 'e2e_mean_ms'] as const).flatMap(spread),
);

const throughputPerCell = perCell('throughput_per_cell', [
  ...(
    ['decode_tokens_per_s', 'prefill_tokens_per_s', 'pp_tokens_per_s', 'tg_tokens_per_s', 'embed_tokens_per_s'] as const
  ).flatMap((column) => [mean(column), `min(${column}) AS ${column}_min`, `max(${column}) AS ${column}_max`]),
]);

const memoryPerCell = perCell(
  'memory_per_cell',
  (['peak_rss_bytes', 'model_memory_bytes', 'device_memory_bytes', 'average_rss_bytes'] as const).flatMap(spread),
);

const placeColumns = ['hostname', 'framework', 'model', 'quantize', 'weight_class', 'device', 'workload'] as const;

/** Of all tokens of measured answers, in contrast to the medians of runs in `latency_per_cell`. */
const tokenLatency = `CREATE VIEW token_latency AS WITH gaps AS (
    SELECT run_id, count(*) AS tokens, sum(total_latency_ns) / 1e6 AS sum_ms, max(total_latency_ns) / 1e6 AS longest_ms,
      quantile_cont(total_latency_ns, [0.5, 0.95, 0.99]) AS quantiles
    FROM tokens WHERE phase = 'measured' AND step > 0 GROUP BY run_id)
  SELECT ${list(placeColumns)}, framework_version, count(*) AS runs, sum(tokens)::BIGINT AS tokens, sum(sum_ms) / sum(tokens) AS mean_ms,
    median(quantiles[1]) / 1e6 AS run_p50_ms, median(quantiles[2]) / 1e6 AS run_p95_ms, median(quantiles[3]) / 1e6 AS run_p99_ms,
    max(longest_ms) AS longest_ms
  FROM gaps JOIN runs USING (run_id) JOIN hosts USING (host_id) JOIN models USING (model_id) JOIN frameworks USING (framework_id)
    JOIN settings USING (setting_id)
  WHERE status = 'completed' GROUP BY ${list(placeColumns)}, framework_version`;

const failures = `CREATE VIEW failures AS
  SELECT hostname, framework, framework_version, workload, model, size, quantize_asked, status, error AS reason, remedy, started_at AS at,
    uuid, log FROM flat.runs WHERE status <> 'completed'
  UNION ALL
  SELECT hostname, framework, NULL, workload, NULL, size, quantize_asked, status, reason, remedy, "at", NULL, NULL FROM flat.sweeps`;

const coverage = `CREATE VIEW coverage AS
  WITH asked AS (
    SELECT hostname, framework, workload, size, quantize_asked, status, started_at AS at FROM flat.runs
    UNION ALL SELECT hostname, framework, workload, size, quantize_asked, 'not run', "at" FROM flat.sweeps)
  SELECT hostname, framework, workload, size, quantize_asked, count(*) AS asked,
    count(*) FILTER (status = 'completed') AS completed, count(*) FILTER (status = 'failed') AS failed,
    count(*) FILTER (status = 'killed') AS killed, count(*) FILTER (status = 'interrupted') AS interrupted,
    count(*) FILTER (status = 'missing') AS missing, count(*) FILTER (status = 'not run') AS not_run, max("at") AS latest_at
  FROM asked GROUP BY hostname, framework, workload, size, quantize_asked`;

/** A value a run and metric, in the order of time: what trends are made of. */
const history = `CREATE VIEW history AS
  SELECT ${list(inCell)}, started_at, uuid, certificate, metric, value
  FROM (UNPIVOT counted_runs ON ${list([
    'decode_tokens_per_s',
    'prefill_tokens_per_s',
    'ttft_ms',
    'tg_tokens_per_s',
    'pp_tokens_per_s',
    'embed_tokens_per_s',
  ])} INTO NAME metric VALUE value)
  UNION ALL
  SELECT ${list(inCell)}, started_at, uuid, certificate, 'peak_rss_bytes', peak_rss_bytes::DOUBLE FROM counted_runs
  WHERE peak_rss_bytes IS NOT NULL`;

/** What is particular to hardware, as JSON: conditions and energy. */
const deviceMetrics = [...qualityColumns, ...energyColumns]
  .map(({ name }) => `${literal(name)}, ${quoted(name)}`)
  .join(', ');

const megabyte = 1e6;

const benchmarkRuns = `CREATE VIEW benchmark_runs AS
  SELECT uuid AS id, TRY_CAST(started_at AS TIMESTAMP) AS "timestamp", model AS model_id, device, algorithm AS architecture_type,
    parameters AS parameter_count,
    concat_ws(' ', framework_title, framework_version, workload, size, quantize, status) AS description
  FROM flat.runs`;

/**
 * A row a completed run that has a latency, and a row a stage of load. A batch is that of texts in the embedding workload, the clients
 * under load, and one sequence elsewhere.
 */
const benchmarkResults = `CREATE VIEW benchmark_results AS
  SELECT uuid AS run_id, coalesce(embed_batch_texts, 1) AS batch_size,
    CASE workload WHEN 'kernel' THEN coalesce(depth, 0) + coalesce(n_prompt, 0) + coalesce(n_gen, 0)
      WHEN 'embedding' THEN round(embed_tokens / nullif(embed_texts, 0))::BIGINT
      ELSE round((prompt_tokens + generated_tokens) / nullif(answers, 0))::BIGINT END AS sequence_length,
    coalesce(nullif("precision", 'auto'), quantize) AS "precision",
    coalesce(embed_batch_ms, e2e_mean_ms, total_time_ms / nullif(iterations, 0)) AS latency_ms,
    coalesce(embed_texts_per_s, 1000 / nullif(e2e_mean_ms, 0), 1000 * iterations / nullif(total_time_ms, 0)) AS throughput_samples_per_sec,
    average_rss_bytes / ${megabyte} AS memory_usage_mb, ttft_ms AS first_token_latency_ms, peak_rss_bytes / ${megabyte} AS peak_memory_mb,
    json_merge_patch('{}', json_object(${deviceMetrics})) AS device_metrics
  FROM flat.runs WHERE status = 'completed' AND coalesce(embed_batch_ms, e2e_mean_ms, total_time_ms) IS NOT NULL
  UNION ALL
  SELECT r.uuid, l.clients, NULL, coalesce(nullif(r."precision", 'auto'), r.quantize), l.e2e_p50_ms, l.requests_per_s,
    r.average_rss_bytes / ${megabyte}, l.ttft_p50_ms, r.peak_rss_bytes / ${megabyte}, '{}'
  FROM flat.load l JOIN flat.runs r USING (uuid) WHERE r.status = 'completed'`;

export const standardViews = [
  'latest_per_cell',
  'latency_per_cell',
  'throughput_per_cell',
  'memory_per_cell',
  'token_latency',
  'failures',
  'coverage',
  'history',
] as const;

export const requiredViews = ['benchmark_runs', 'benchmark_results'] as const;

export const viewStatements: readonly string[] = [
  countedRuns,
  latestPerCell,
  latencyPerCell,
  throughputPerCell,
  memoryPerCell,
  tokenLatency,
  failures,
  coverage,
  history,
  benchmarkRuns,
  benchmarkResults,
];
