/**
 * GuideLLM 0.1: the report has the requests alone, and the console computed its metrics from them. They are computed here in
 * the same way.
 */
import { z } from 'zod';
import { foreignLimits, loggedTextLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import type { ForeignCell, ForeignMetric } from '../../../../scripts/log/foreign-file.ts';
import { mean, median } from '../../../../scripts/statistics/statistics.ts';
import { guidellm as definitions } from '../../../definitions/tools/guidellm.ts';
import { answerOf, piecesNs, unknownPrefill } from '../../answer.ts';
import { fitting, Malformed } from '../../malformed.ts';
import { definedMetric, type Evidence, metricOf } from '../../metric.ts';

const text = z.string().max(loggedTextLimits.path);
const positive = z.number().nonnegative();

/** Seconds. */
const resultSchema = z.looseObject({
  prompt_token_count: z.int().nonnegative(),
  output_token_count: z.int().nonnegative(),
  start_time: z.number(),
  end_time: z.number(),
  first_token_time: positive.nullable(),
  decode_times: z.looseObject({ data: z.array(positive).max(foreignLimits.entries) }),
});
type Result = z.infer<typeof resultSchema>;

const runSchema = z.looseObject({
  args: z.looseObject({ model: text.nullable().optional(), target: text.nullable().optional() }).optional(),
  benchmarks: z
    .array(
      z.looseObject({
        mode: text,
        rate: positive.nullable().optional(),
        results: z.array(resultSchema).max(foreignLimits.entries),
      }),
    )
    .max(foreignLimits.cells),
});

/** @param place `benchmarks.0` @throws Malformed for a run without a result */
export function firstLayoutCells(value: unknown, place: string): ForeignCell[] {
  const { args, benchmarks } = fitting(runSchema, value, place);
  return benchmarks.map(({ mode, rate, results }, i) => {
    const [first] = results;
    const last = results.at(-1);
    if (first === undefined || last === undefined) throw new Malformed(`${place}.benchmarks.${i}`, 'it has no result');
    const durationSeconds = last.end_time - first.start_time;
    return {
      host: {},
      model: { name: args?.model ?? null, type: null, sizeBytes: null, parameters: null },
      workload: {
        promptTokens: mean(results.map((each) => each.prompt_token_count)),
        generatedTokens: mean(results.map((each) => each.output_token_count)),
        concurrency: mode === 'synchronous' ? 1 : null,
        requestsPerSecond: rate ?? null,
        depth: null,
        samples: results.length,
        durationSeconds: Math.max(0, durationSeconds),
      },
      measuredAt: null,
      settings: { mode },
      metrics: metricsOf(results, durationSeconds),
    };
  });
}

function metricsOf(results: readonly Result[], durationSeconds: number): ForeignMetric[] {
  const evidence = evidenceOf(results);
  const firsts = results.flatMap((each) => (each.first_token_time === null ? [] : [each.first_token_time * 1e3]));
  const gaps = results.flatMap((each) => each.decode_times.data.map((seconds) => seconds * 1e3));
  const latencies = results.map((each) => each.end_time - each.start_time);
  const tokens = results.reduce((sum, each) => sum + each.output_token_count, 0);
  const known = (figure: string, name: string, values: readonly number[]) =>
    values.length === 0
      ? []
      : [definedMetric(recomputed(name, values), { tool: definitions, figure, version: '0.1.0' }, evidence)];
  const itl = {
    unit: 'ms',
    definition: 'gaps between successive pieces, of all requests together',
    source: `${definitions.source.repository}, src/guidellm/core/result.py: TextGenerationBenchmark.itl_distribution`,
    ours: 'itl_p50_ms' as const,
  };
  return [
    ...known('Request Latency', 'request_latency', latencies),
    ...known('TTFT', 'time_to_first_token', firsts),
    ...(gaps.length === 0 ? [] : [metricOf(recomputed('inter_token_latency', gaps), itl, evidence, true)]),
    ...(durationSeconds > 0
      ? known('Output Tokens Per Sec, mean', 'output_token_throughput', [tokens / durationSeconds])
      : []),
  ];
}

function recomputed(name: string, values: readonly number[]) {
  const statistics = { mean: mean(values), median: median(values) };
  return { name, statistics, headline: 'mean', origin: 'recomputed' as const };
}

function evidenceOf(results: readonly Result[]): Evidence {
  const answers = results.flatMap((each) => {
    if (each.first_token_time === null || each.output_token_count === 0) return [];
    const chunksNs = piecesNs(each.first_token_time, each.decode_times.data);
    const [tokens, promptTokens] = [each.output_token_count, each.prompt_token_count];
    return [answerOf({ startNs: 0, chunksNs, tokens, promptTokens })];
  });
  return {
    kind: 'timed',
    timed: {
      answers: answers.map(({ answer }) => answer),
      requests: answers.map(({ request }) => request),
      kernels: [],
    },
    lacks: unknownPrefill,
    notes: [
      'one token is taken to have come with the first piece: the file does not tell how many did',
      'tokens are words where the server did not count them',
    ],
  };
}
