/** One benchmark of a report of 0.2 or later: summaries of every metric, and the requests they are made of. */
import { z } from 'zod';
import { foreignLimits, loggedTextLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import type { ForeignCell, ForeignMetric } from '../../../../scripts/log/foreign-file.ts';
import { guidellm as definitions } from '../../../definitions/tools/guidellm.ts';
import { fitting } from '../../malformed.ts';
import { definedMetric, type Evidence, metricOf } from '../../metric.ts';
import { reportEvidence } from './requests.ts';

const text = z.string().max(loggedTextLimits.path);

const summarySchema = z.looseObject({
  mean: z.number(),
  median: z.number(),
  std_dev: z.number(),
  min: z.number(),
  max: z.number(),
  count: z.number(),
  percentiles: z.record(z.string().regex(/^p\d{1,4}$/), z.number().nullable()).optional(),
});
type Summary = z.infer<typeof summarySchema>;

const strategySchema = z.looseObject({
  type_: text,
  /** Of 'concurrent'. */
  streams: z.number().nullable().optional(),
  /** Of 'constant' and 'poisson', requests per second. */
  rate: z.number().nullable().optional(),
});

const benchmarkSchema = z.looseObject({
  config: z.looseObject({ strategy: strategySchema, backend: z.unknown().optional() }).optional(),
  args: z.looseObject({ strategy: strategySchema }).optional(),
  worker: z.unknown().optional(),
  start_time: z.number().optional(),
  duration: z.number().nonnegative().optional(),
  metrics: z.record(z.string(), z.unknown()),
  requests: z.looseObject({ successful: z.array(z.unknown()).max(foreignLimits.entries) }),
});

/** Names that `collate/definitions/` has them by. */
const defined: Readonly<Record<string, string>> = {
  request_latency: 'Request Latency',
  time_to_first_token_ms: 'TTFT',
  inter_token_latency_ms: 'ITL',
  time_per_output_token_ms: 'TPOT',
  output_tokens_per_second: 'Output Tokens Per Sec, mean',
};

const metricsSource = `${definitions.source.repository}, src/guidellm/benchmark: metrics of a generative benchmark`;
const others: Readonly<Record<string, { unit: string; definition: string }>> = {
  requests_per_second: { unit: 'requests/s', definition: 'requests that ended per second, weighted by time' },
  request_concurrency: { unit: 'requests', definition: 'requests under way at once, weighted by time' },
  prompt_tokens_per_second: { unit: 'tokens/s', definition: 'prompt tokens per second, weighted by time' },
  tokens_per_second: { unit: 'tokens/s', definition: 'prompt and generated tokens per second, weighted by time' },
};

/**
 * @param place `benchmarks.0`
 * @param version of GuideLLM that defines the metrics
 * @throws Malformed for a metric without its summary
 */
export function benchmarkCell(value: unknown, place: string, host: ForeignCell['host'], version: string): ForeignCell {
  const benchmark = fitting(benchmarkSchema, value, place);
  const summaries = summariesOf(benchmark.metrics, place);
  const successful = fitting(totalsSchema, value, place);
  const total = (successful.request_totals ?? successful.metrics.request_totals)?.successful;
  const evidence = reportEvidence(benchmark.requests.successful, total, place);
  const strategy = benchmark.config?.strategy ?? benchmark.args?.strategy;
  return {
    host,
    model: { name: modelOf(benchmark), type: null, sizeBytes: null, parameters: null },
    workload: {
      promptTokens: summaries.get('prompt_token_count')?.mean ?? null,
      generatedTokens: summaries.get('output_token_count')?.mean ?? null,
      concurrency: strategy?.type_ === 'synchronous' ? 1 : (strategy?.streams ?? null),
      requestsPerSecond: strategy?.rate ?? null,
      depth: null,
      samples: total ?? benchmark.requests.successful.length,
      durationSeconds: benchmark.duration ?? null,
    },
    measuredAt: benchmark.start_time === undefined ? null : instant(benchmark.start_time),
    settings: strategy === undefined ? {} : { strategy: strategy.type_ },
    metrics: [...summaries].flatMap(([field, summary]) => metricsOf(field, summary, evidence, version)),
  };
}

const countsSchema = z.looseObject({ successful: z.int().nonnegative().nullable() }).nullable().optional();
/** Beside the metrics up to 0.3, among them since. */
const totalsSchema = z.looseObject({
  request_totals: countsSchema,
  metrics: z.looseObject({ request_totals: countsSchema }),
});

const counts = ['prompt_token_count', 'output_token_count'];

function summariesOf(metrics: Readonly<Record<string, unknown>>, place: string): Map<string, Summary> {
  const known = [...Object.keys(defined), ...Object.keys(others), ...counts];
  const breakdown = z.looseObject({ successful: summarySchema.nullable() }).nullable();
  const found = known.flatMap((field): Array<[string, Summary]> => {
    if (!Object.hasOwn(metrics, field)) return [];
    const summary = fitting(breakdown, metrics[field], `${place}.metrics.${field}`)?.successful;
    return summary == null ? [] : [[field, summary]];
  });
  return new Map(found);
}

function metricsOf(field: string, summary: Summary, evidence: Evidence, version: string): ForeignMetric[] {
  if (counts.includes(field)) return [];
  const { mean, median, std_dev, min, max, count, percentiles = {} } = summary;
  const known = Object.entries(percentiles).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );
  const statistics = { mean, median, std_dev, min, max, count, ...Object.fromEntries(known) };
  const facts = { name: field, statistics, headline: 'mean' };
  const figure = defined[field];
  if (figure !== undefined) return [definedMetric(facts, { tool: definitions, figure, version }, evidence)];
  const other = others[field];
  return other === undefined ? [] : [metricOf(facts, { ...other, source: metricsSource, ours: null }, evidence)];
}

/** Up to 0.3 `worker` names it, since then the backend in `config`. */
function modelOf({ config, worker }: z.infer<typeof benchmarkSchema>): string | null {
  const named = z.looseObject({ model: text.nullable().optional(), backend_model: text.nullable().optional() });
  const found = named.safeParse(config?.backend ?? worker);
  return found.success ? (found.data.model ?? found.data.backend_model ?? null) : null;
}

function instant(seconds: number): string | null {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
