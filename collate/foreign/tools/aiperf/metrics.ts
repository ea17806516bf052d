/** Metrics of AIPerf by tag and by title: those with a definition in `collate/definitions/`, and the others that are imported. */
import type { ForeignMetric } from '../../../../scripts/log/foreign-file.ts';
import { aiperf as definitions } from '../../../definitions/tools/aiperf.ts';
import { definedMetric, type Evidence, metricOf } from '../../metric.ts';

interface KnownMetric {
  /** In JSON. */
  tag: string;
  /** In the CSV, without the unit. */
  title: string;
  /** As `collate/definitions/` calls it, or a definition of its own. */
  figure: string | { definition: string; file: string };
}

const known: readonly KnownMetric[] = [
  { tag: 'time_to_first_token', title: 'Time to First Token', figure: 'Time to First Token (TTFT)' },
  { tag: 'time_to_second_token', title: 'Time to Second Token', figure: 'Time to Second Token (TTST)' },
  { tag: 'request_latency', title: 'Request Latency', figure: 'Request Latency' },
  { tag: 'inter_token_latency', title: 'Inter Token Latency', figure: 'Inter Token Latency (ITL)' },
  { tag: 'inter_chunk_latency', title: 'Inter Chunk Latency', figure: 'Inter Chunk Latency (ICL)' },
  {
    tag: 'output_token_throughput_per_user',
    title: 'Output Token Throughput Per User',
    figure: 'Output Token Throughput Per User',
  },
  { tag: 'prefill_throughput_per_user', title: 'Prefill Throughput Per User', figure: 'Prefill Throughput Per User' },
  // An earlier name.
  { tag: 'prefill_throughput', title: 'Prefill Throughput', figure: 'Prefill Throughput Per User' },
  { tag: 'output_token_throughput', title: 'Output Token Throughput', figure: 'Output Token Throughput' },
  { tag: 'request_throughput', title: 'Request Throughput', figure: 'Request Throughput' },
  {
    tag: 'total_token_throughput',
    title: 'Total Token Throughput',
    figure: {
      definition: 'sum of prompt tokens and n / time from the first request to the last token',
      file: 'total_token_throughput_metric.py',
    },
  },
  {
    tag: 'goodput',
    title: 'Goodput',
    figure: {
      definition: 'requests within the limits of --goodput / time from the first request to the last token',
      file: 'goodput_metric.py',
    },
  },
];

/** Numbers of tokens and requests: they describe the workload. */
export const shapes = {
  promptTokens: { tag: 'input_sequence_length', title: 'Input Sequence Length' },
  generatedTokens: { tag: 'output_sequence_length', title: 'Output Sequence Length' },
  samples: { tag: 'request_count', title: 'Request Count' },
  durationSeconds: { tag: 'benchmark_duration', title: 'Benchmark Duration' },
} as const;

export const knownTags: readonly string[] = known.map(({ tag }) => tag);

/** The statistics that AIPerf writes; `avg` stands also for a single value. */
export const isStatistic = (name: string): boolean =>
  /^(?:avg|min|max|std|count|sum|(?:adj_)?p\d{1,2}(?:\.\d{1,4})?)$/.test(name);

/**
 * Undefined for a metric that is not imported.
 * @param unit as the file has it
 */
export function aiperfMetric(
  { tag, title, unit }: { tag?: string; title?: string; unit: string },
  statistics: Readonly<Record<string, number>>,
  evidence: Evidence,
  origin: ForeignMetric['origin'] = 'file',
): ForeignMetric | undefined {
  const found = known.find((each) => each.tag === tag || each.title === title);
  if (found === undefined) return undefined;
  const facts = { name: found.title, statistics, headline: 'avg', origin };
  const { figure } = found;
  if (typeof figure === 'string') {
    return { ...definedMetric(facts, { tool: definitions, figure, version: null }, evidence), unit };
  }
  const source = `${definitions.source.repository}, src/aiperf/metrics/types/${figure.file}`;
  return metricOf(facts, { unit, definition: figure.definition, source, ours: null }, evidence);
}

export const summariesOnly: Evidence = {
  kind: 'none',
  reason: 'it has summaries only; profile_export.jsonl of the same run has the requests, and can be imported',
};
