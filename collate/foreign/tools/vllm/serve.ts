/** `vllm bench serve`, once benchmark_serving.py: one document a run; with --save-detailed the times of every request are in it. */
import { z } from 'zod';
import { loggedTextLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import type { ForeignCell, ForeignMetric } from '../../../../scripts/log/foreign-file.ts';
import { vllm as definitions } from '../../../definitions/tools/vllm.ts';
import { fitting } from '../../malformed.ts';
import { definedMetric, type Evidence, metricOf, type OwnDefinition } from '../../metric.ts';
import { requestsSchema, serveEvidence } from './requests.ts';

const text = z.string().max(loggedTextLimits.path);
const positive = z.number().nonnegative();
const whole = z.int().nonnegative();

const serveSchema = z.looseObject({
  duration: positive,
  completed: whole,
  total_input_tokens: whole,
  /** Not with embeddings. */
  total_output_tokens: whole.optional(),
  date: text.optional(),
  backend: text.optional(),
  model_id: text.optional(),
  tokenizer_id: text.optional(),
  num_prompts: whole.optional(),
  /** 'inf': all at once. */
  request_rate: z.union([positive, text]).optional(),
  max_concurrency: whole.nullable().optional(),
  ...requestsSchema.shape,
});
type Serve = z.infer<typeof serveSchema>;

export function isServe(value: object): boolean {
  // SGLang's bench_serving began as a copy of it, with another definition of the latency of a request.
  if ('total_output_tokens_retokenized' in value) return false;
  return 'duration' in value && 'completed' in value && 'total_input_tokens' in value;
}

/** @param place as `fitting` takes it */
export function serveCell(value: unknown, place: string | null): ForeignCell {
  const result = fitting(serveSchema, value, place);
  const evidence = serveEvidence(result, place);
  const { metrics, used } = metricsOf(result, evidence, place);
  const perRequest = (tokens: number | undefined) =>
    tokens === undefined || result.completed === 0 ? null : tokens / result.completed;
  return {
    host: {},
    model: { name: result.model_id ?? null, type: null, sizeBytes: null, parameters: null },
    workload: {
      promptTokens: perRequest(result.total_input_tokens),
      generatedTokens: perRequest(result.total_output_tokens),
      concurrency: result.max_concurrency ?? null,
      requestsPerSecond: typeof result.request_rate === 'number' ? result.request_rate : null,
      depth: null,
      samples: result.completed,
      durationSeconds: result.duration,
    },
    measuredAt: result.date ?? null,
    settings: settingsOf(result, used),
    metrics,
  };
}

/** Named by what vLLM prints; the names of the statistics are its own. */
const distributions: Readonly<Record<string, string | OwnDefinition>> = {
  ttft: 'TTFT',
  tpot: 'TPOT',
  itl: 'ITL',
  e2el: 'E2EL',
  client_queue_time: {
    ...{
      unit: 'ms',
      definition: 'from the planned start of a request to its sending: the client was full',
      ours: null,
    },
    source: `${definitions.source.repository}, vllm/benchmarks/serve.py: benchmark`,
  },
  e2el_including_client_queue: {
    ...{ unit: 'ms', definition: 'tn - planned start of the request', ours: null },
    source: `${definitions.source.repository}, vllm/benchmarks/serve.py: benchmark`,
  },
};

const singles: Readonly<Record<string, string | OwnDefinition>> = {
  request_throughput: 'Request throughput',
  // The name in early 2024.
  request_inthroughput: 'Request throughput',
  output_throughput: 'Output token throughput',
  total_token_throughput: 'Total token throughput',
  max_output_tokens_per_s: 'Peak output token throughput',
  request_goodput: 'Request goodput',
  // A slip of some versions.
  'request_goodput:': 'Request goodput',
  input_throughput: {
    ...{ unit: 'tokens/s', definition: 'sum of prompt tokens / time from the first request to the end', ours: null },
    source: `${definitions.source.repository}, benchmarks/benchmark_serving.py: calculate_metrics`,
  },
  max_concurrent_requests: {
    ...{ unit: 'requests', definition: 'most requests that were under way at one instant', ours: null },
    source: `${definitions.source.repository}, vllm/benchmarks/serve.py: calculate_metrics`,
  },
};

const statisticField = /^(mean|median|std|p\d{1,2}(?:\.\d{1,6})?)_([a-z0-9_]+)_ms$/;

function metricsOf(
  result: Serve,
  evidence: Evidence,
  place: string | null,
): { metrics: ForeignMetric[]; used: Set<string> } {
  const used = new Set<string>();
  const found = new Map<string, Record<string, number>>();
  for (const [field, value] of Object.entries(result)) {
    const [, statistic = '', name = ''] = statisticField.exec(field) ?? [];
    const known = Object.hasOwn(distributions, name) ? name : Object.hasOwn(singles, field) ? field : undefined;
    // A goodput without --goodput is null.
    if (known === undefined || value === null) continue;
    used.add(field);
    const number = fitting(z.number(), value, place === null ? field : `${place}, ${field}`);
    found.set(known, { ...found.get(known), [known === field ? 'value' : statistic]: number });
  }
  return { metrics: [...found].map(([name, statistics]) => metric(name, statistics, evidence)), used };
}

function metric(name: string, statistics: Record<string, number>, evidence: Evidence): ForeignMetric {
  const definition = distributions[name] ?? singles[name] ?? name;
  const [first = 'value'] = Object.keys(statistics);
  const headline = 'mean' in statistics ? 'mean' : first;
  return typeof definition === 'string'
    ? definedMetric(
        { name: definition, statistics, headline },
        { tool: definitions, figure: definition, version: null },
        evidence,
      )
    : metricOf({ name, statistics, headline }, definition, evidence);
}

/** Scalars that no other part of the record has: --metadata among them. */
function settingsOf(result: Serve, used: ReadonlySet<string>): ForeignCell['settings'] {
  const told = new Set<string>(['duration', 'completed', 'date', 'model_id', 'max_concurrency']);
  return Object.fromEntries(
    Object.entries(result).flatMap(([field, value]) => {
      if (told.has(field) || used.has(field)) return [];
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[field, value]]
        : [];
    }),
  );
}
