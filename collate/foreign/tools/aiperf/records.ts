/** profile_export.jsonl: a line a request, with its metrics in the units that they are shown in. */
import { z } from 'zod';
import { loggedTextLimits } from '../../../../scripts/command-line/files/input-limits.ts';
import type { ForeignCell, ForeignMetric } from '../../../../scripts/log/foreign-file.ts';
import { mean, quantile } from '../../../../scripts/statistics/statistics.ts';
import { answerOf, piecesNs, unknownPrefill } from '../../answer.ts';
import { fitting, Malformed } from '../../malformed.ts';
import type { Evidence } from '../../metric.ts';
import { atMost, type ForeignRead } from '../../tool.ts';
import { aiperfMetric, knownTags, shapes } from './metrics.ts';

const name = z.string().max(loggedTextLimits.name);

const valueSchema = z.looseObject({ value: z.union([z.number(), z.array(z.number())]), unit: name });

const recordSchema = z.looseObject({
  metadata: z.looseObject({
    request_start_ns: z.number(),
    request_end_ns: z.number(),
    benchmark_phase: name.nullable().optional(),
    was_cancelled: z.boolean().optional(),
  }),
  metrics: z.record(z.string(), z.unknown()),
  error: z.unknown().optional(),
});

interface Request {
  startNs: number;
  endNs: number;
  values: ReadonlyMap<string, { values: readonly number[]; unit: string }>;
}

export function isRecord(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('metadata' in value) || !('metrics' in value)) return false;
  const { metadata } = value;
  return typeof metadata === 'object' && metadata !== null && 'request_start_ns' in metadata;
}

/** @throws Malformed naming the line that does not fit, and where no request succeeded */
export function readRecords(lines: ReadonlyArray<{ line: number; value: unknown }>): ForeignRead {
  const requests = atMost(lines, 'requests').flatMap(({ line, value }) => requestOf(value, `line ${line}`) ?? []);
  if (requests.length === 0) throw new Malformed(null, 'it has no successful request of the phase that is measured');
  const evidence = evidenceOf(requests);
  const metrics = knownTags.flatMap((tag): ForeignMetric[] => {
    const all = requests.flatMap((each) => each.values.get(tag) ?? []);
    const values = all.flatMap((each) => each.values).sort((a, b) => a - b);
    const [first] = all;
    if (first === undefined || values.length === 0) return [];
    const percentile = (p: number) => quantile(values, p);
    const spread = { p50: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99) };
    const metric = aiperfMetric({ tag, unit: first.unit }, { avg: mean(values), ...spread }, evidence, 'recomputed');
    return metric === undefined ? [] : [metric];
  });
  if (metrics.length === 0) throw new Malformed(null, 'it has no metric that is known');
  const average = (tag: string) => {
    const values = requests.flatMap((each) => each.values.get(tag)?.values ?? []);
    return values.length === 0 ? null : mean(values);
  };
  const cell: ForeignCell = {
    host: {},
    model: { name: null, type: null, sizeBytes: null, parameters: null },
    workload: {
      promptTokens: average(shapes.promptTokens.tag),
      generatedTokens: average(shapes.generatedTokens.tag),
      ...{ concurrency: null, requestsPerSecond: null, depth: null },
      samples: requests.length,
      durationSeconds: spanSeconds(requests),
    },
    measuredAt: null,
    settings: {},
    metrics,
  };
  return { toolVersion: null, layout: 'jsonl', cells: [cell] };
}

/** Undefined for a request that failed or was of the warm-up. */
function requestOf(value: unknown, place: string): Request | undefined {
  const { metadata, metrics, error } = fitting(recordSchema, value, place);
  const isMeasured = metadata.benchmark_phase == null || metadata.benchmark_phase === 'profiling';
  if (!isMeasured || metadata.was_cancelled === true || (error !== null && error !== undefined)) return undefined;
  const tags = [...knownTags, shapes.promptTokens.tag, shapes.generatedTokens.tag];
  const values = tags.flatMap((tag): Array<[string, { values: readonly number[]; unit: string }]> => {
    if (!Object.hasOwn(metrics, tag)) return [];
    const { value: found, unit } = fitting(valueSchema, metrics[tag], `${place}, metrics.${tag}`);
    return [[tag, { values: Array.isArray(found) ? found : [found], unit }]];
  });
  return { startNs: metadata.request_start_ns, endNs: metadata.request_end_ns, values: new Map(values) };
}

function spanSeconds(requests: readonly Request[]): number {
  let [startNs, endNs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const each of requests) {
    startNs = Math.min(startNs, each.startNs);
    endNs = Math.max(endNs, each.endNs);
  }
  return Math.max(0, endNs - startNs) / 1e9;
}

const secondsPer: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, sec: 1 };

/** From TTFT and the gaps of pieces; from TTFT and the latency of the request where there are none: its end is that of the last token. */
function evidenceOf(requests: readonly Request[]): Evidence {
  const answers = requests.flatMap((request) => {
    const seconds = (tag: string) => {
      const found = request.values.get(tag);
      const factor = found === undefined ? undefined : secondsPer[found.unit];
      return factor === undefined ? [] : (found?.values.map((value) => value * factor) ?? []);
    };
    const [first] = seconds('time_to_first_token');
    const [latency] = seconds('request_latency');
    const [tokens] = request.values.get(shapes.generatedTokens.tag)?.values ?? [];
    const [promptTokens = 0] = request.values.get(shapes.promptTokens.tag)?.values ?? [];
    if (first === undefined || latency === undefined || tokens === undefined || tokens < 1) return [];
    const gaps = seconds('inter_chunk_latency');
    const chunksNs =
      gaps.length > 0 ? piecesNs(first, gaps) : piecesNs(first, latency > first ? [latency - first] : []);
    return [answerOf({ startNs: 0, chunksNs, tokens, promptTokens, ...(gaps.length > 0 ? {} : { chunks: tokens }) })];
  });
  if (answers.length === 0) {
    return { kind: 'none', reason: 'it has no time to the first token: the answers were not streamed' };
  }
  const withGaps = requests.some((each) => each.values.has('inter_chunk_latency'));
  return {
    kind: 'timed',
    timed: {
      answers: answers.map(({ answer }) => answer),
      requests: withGaps ? answers.map(({ request }) => request) : [],
      kernels: [],
    },
    lacks: {
      ...unknownPrefill,
      ...(withGaps ? {} : { itl_p50_ms: 'it has no times between the pieces of an answer' }),
    },
    notes: [
      'one token is taken to have come with the first piece: the file does not tell how many did',
      ...(withGaps
        ? []
        : ['each token is taken to have come by itself: the file does not tell in how many pieces they came']),
    ],
  };
}
