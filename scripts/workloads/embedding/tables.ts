/** Columns of runs.csv with the embedding workload: never beside rates of generated tokens. */
import { columnsOf } from '../../results/table.ts';
import { median, percentileIsSupported, quantile } from '../../statistics/statistics.ts';
import type { EmbeddingFigures } from './figures.ts';

export interface OfEmbedding {
  /** Null in runs of other workloads. */
  embedding: EmbeddingFigures | null;
}

const { whole, number } = columnsOf<OfEmbedding>();

const workload = 'embedding workload';

export const embeddingColumns = [
  whole('embed_batch_texts', '', 'Texts a batch', `${workload}: texts handed over at once`).of(
    ({ embedding }) => embedding?.batchTexts,
  ),
  whole('embed_texts', '', 'Embedded texts', `${workload}: of the measured batches`).of(
    ({ embedding }) => embedding?.texts,
  ),
  whole('embed_tokens', 'tokens', 'Embedded tokens', `${workload}: of the measured batches`).of(
    ({ embedding }) => embedding?.tokens,
  ),
  whole('embed_dimensions', '', 'Dimensions', `${workload}: numbers of a vector`).of(
    ({ embedding }) => embedding?.dimensions,
  ),
  number(
    'embed_tokens_per_s',
    'tokens/s',
    'Embedding rate',
    'sum of tokens / sum of times from tokens to vectors, over measured batches',
  ).of(({ embedding }) => embedding?.tokensPerSecond),
  number(
    'embed_texts_per_s',
    'texts/s',
    'Texts embedded',
    'sum of texts / sum of times from texts to vectors, over measured batches',
  ).of(({ embedding }) => embedding?.textsPerSecond),
  number('embed_batch_ms', 'ms', 'Batch', 'median over measured batches, from texts to the last vector').of(
    ({ embedding }) => (embedding === null ? null : median(embedding.batchMs)),
  ),
  number('embed_batch_p95_ms', 'ms', 'Batch, p95', 'R-7 quantile; empty with fewer than 100 batches').of(
    ({ embedding }) =>
      embedding === null || !percentileIsSupported(embedding.batchMs.length, 0.95)
        ? null
        : quantile(
            embedding.batchMs.toSorted((a, b) => a - b),
            0.95,
          ),
  ),
  number('embed_batch_cold_ms', 'ms', 'Cold batch', 'of the very first batch').of(
    ({ embedding }) => embedding?.coldBatchMs,
  ),
] as const;
