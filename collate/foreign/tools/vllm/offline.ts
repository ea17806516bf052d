/** `vllm bench latency` and `throughput`: the engine without a server, a batch as a whole. */
import { z } from 'zod';
import { foreignLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import type { ForeignCell } from '../../../../scripts/log/foreign-file.ts';
import { fitting } from '../../malformed.ts';
import { type Evidence, metricOf } from '../../metric.ts';

const positive = z.number().nonnegative();
const repository = 'vllm-project/vllm';

const latencySchema = z.looseObject({
  avg_latency: positive,
  /** Not in the first versions. */
  std_latency: positive.optional(),
  latencies: z.array(positive).min(1).max(foreignLimits.entries),
  percentiles: z.record(z.string().regex(/^\d{1,3}(\.\d+)?$/), positive).optional(),
});

export const isLatency = (value: object): boolean => 'avg_latency' in value && 'latencies' in value;

/** @param place as `fitting` takes it */
export function latencyCell(value: unknown, place: string | null): ForeignCell {
  const { avg_latency: avg, std_latency: std, latencies, percentiles = {} } = fitting(latencySchema, value, place);
  const statistics = {
    avg,
    ...(std === undefined ? {} : { std }),
    ...Object.fromEntries(Object.entries(percentiles).map(([percent, each]) => [`p${percent}`, each])),
  };
  const evidence: Evidence = {
    kind: 'none',
    reason: 'a batch was timed as a whole, and the file tells neither its size nor the tokens of its answers',
  };
  const definition = {
    unit: 's',
    definition: 'time of a whole batch of prompts, from the call to the return; mean over iterations',
    source: `${repository}, vllm/benchmarks/latency.py: main`,
    ours: 'e2e_ms' as const,
  };
  return {
    ...nothingTold,
    workload: { ...nothingTold.workload, samples: latencies.length },
    metrics: [metricOf({ name: 'Avg latency', statistics, headline: 'avg' }, definition, evidence)],
  };
}

const throughputSchema = z.looseObject({
  elapsed_time: positive,
  num_requests: z.int().nonnegative(),
  total_num_tokens: z.int().nonnegative(),
  requests_per_second: positive,
  tokens_per_second: positive,
});

export const isThroughput = (value: object): boolean => 'elapsed_time' in value && 'tokens_per_second' in value;

/** @param place as `fitting` takes it */
export function throughputCell(value: unknown, place: string | null): ForeignCell {
  const result = fitting(throughputSchema, value, place);
  const source = `${repository}, vllm/benchmarks/throughput.py: main`;
  const evidence: Evidence = {
    kind: 'none',
    reason: 'prompt and generated tokens are counted together, and the time is that of all requests',
  };
  const single = (name: string, unit: string, definition: string, each: number, ours: 'e2e_tokens_per_s' | null) =>
    metricOf({ name, statistics: { value: each }, headline: 'value' }, { unit, definition, source, ours }, evidence);
  return {
    ...nothingTold,
    workload: { ...nothingTold.workload, samples: result.num_requests, durationSeconds: result.elapsed_time },
    settings: { total_num_tokens: result.total_num_tokens },
    metrics: [
      single('Throughput, requests/s', 'requests/s', 'requests / elapsed time', result.requests_per_second, null),
      single(
        'Throughput, total tokens/s',
        'tokens/s',
        'sum of prompt tokens and n / elapsed time',
        result.tokens_per_second,
        'e2e_tokens_per_s',
      ),
    ],
  };
}

/** Both files have figures, and nothing of model, host or workload. */
const nothingTold: Omit<ForeignCell, 'metrics'> = {
  host: {},
  model: { name: null, type: null, sizeBytes: null, parameters: null },
  workload: {
    ...{ promptTokens: null, generatedTokens: null, concurrency: null, requestsPerSecond: null },
    ...{ depth: null, samples: null, durationSeconds: null },
  },
  measuredAt: null,
  settings: {},
};
