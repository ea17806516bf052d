/**
 * Figures of the embedding workload, and its columns of runs.csv. They have names of their own: a rate of embedded tokens is no rate of
 * generated ones.
 */
import { columnsOfPart } from '../../results/table.ts';
import { latencyPercentiles, median } from '../../statistics/statistics.ts';
import type { EmbeddingRecord } from './records.ts';

const nsPerMs = 1e6;
const nsPerSecond = 1e9;

export interface EmbeddingFigures {
  batches: number;
  /** Texts of the largest batch: the last one of a round may be smaller. */
  batchTexts: number;
  texts: number;
  tokens: number;
  dimensions: number;
  /** Total tokens / total time from tokens to vectors. */
  tokensPerSecond: number;
  /** Total texts / total time from texts to vectors. */
  textsPerSecond: number;
  /** Each measured batch, from its texts to its last vector. */
  batchMs: number[];
  coldBatchMs: number | null;
}

/** Null when nothing was measured. */
export function embeddingFigures(records: readonly EmbeddingRecord[]): EmbeddingFigures | null {
  const measured = records.filter(({ phase }) => phase === 'measured');
  const [first] = measured;
  if (first === undefined) return null;
  const sum = (of: (record: EmbeddingRecord) => number) => measured.reduce((total, record) => total + of(record), 0);
  const tokens = sum((record) => record.tokens);
  const texts = sum((record) => record.texts);
  const cold = records.find(({ phase }) => phase === 'cold');
  return {
    batches: measured.length,
    batchTexts: Math.max(...measured.map((record) => record.texts)),
    texts,
    tokens,
    dimensions: first.dimensions,
    tokensPerSecond: (tokens / sum((record) => record.endNs - record.submitNs)) * nsPerSecond,
    textsPerSecond: (texts / sum(durationNs)) * nsPerSecond,
    batchMs: measured.map((record) => durationNs(record) / nsPerMs),
    coldBatchMs: cold === undefined ? null : durationNs(cold) / nsPerMs,
  };
}

function durationNs({ startNs, endNs }: EmbeddingRecord): number {
  return endNs - startNs;
}

export interface OfEmbedding {
  /** Null in runs of other workloads. */
  embedding: EmbeddingFigures | null;
}

const { whole, number, ms } = columnsOfPart(({ embedding }: OfEmbedding) => embedding);

const workload = 'embedding workload';
const tokenRate = 'sum of tokens / sum of times from tokens to vectors, over measured batches';
const textRate = 'sum of texts / sum of times from texts to vectors, over measured batches';

export const embeddingColumns = [
  whole('embed_batch_texts', '', 'Texts a batch', `${workload}: texts handed over at once`).at('batchTexts'),
  whole('embed_texts', '', 'Embedded texts', `${workload}: of the measured batches`).at('texts'),
  whole('embed_tokens', 'tokens', 'Embedded tokens', `${workload}: of the measured batches`).at('tokens'),
  whole('embed_dimensions', '', 'Dimensions', `${workload}: numbers of a vector`).at('dimensions'),
  number('embed_tokens_per_s', 'tokens/s', 'Embedding rate', tokenRate).at('tokensPerSecond'),
  number('embed_texts_per_s', 'texts/s', 'Texts embedded', textRate).at('textsPerSecond'),
  ms('embed_batch_ms', 'Batch', 'median over measured batches, from texts to the last vector').of(({ batchMs }) =>
    median(batchMs),
  ),
  ms('embed_batch_p95_ms', 'Batch, p95', 'R-7 quantile; empty with fewer than 100 batches').of(
    ({ batchMs }) => latencyPercentiles(batchMs)?.p95,
  ),
  ms('embed_batch_cold_ms', 'Cold batch', 'of the very first batch').at('coldBatchMs'),
] as const;
