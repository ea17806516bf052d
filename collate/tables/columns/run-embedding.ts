/** Columns of runs.csv with the embedding workload: never beside rates of generated tokens. */
import { type Column, column } from './column.ts';

const workload = 'embedding workload';

export const embeddingColumns = [
  column('embed_batch_texts', 'integer', '', 'Texts a batch', `${workload}: texts handed over at once`),
  column('embed_texts', 'integer', '', 'Embedded texts', `${workload}: of the measured batches`),
  column('embed_tokens', 'integer', 'tokens', 'Embedded tokens', `${workload}: of the measured batches`),
  column('embed_dimensions', 'integer', '', 'Dimensions', `${workload}: numbers of a vector`),
  column(
    'embed_tokens_per_s',
    'number',
    'tokens/s',
    'Embedding rate',
    'sum of tokens / sum of times from tokens to vectors, over measured batches',
  ),
  column(
    'embed_texts_per_s',
    'number',
    'texts/s',
    'Texts embedded',
    'sum of texts / sum of times from texts to vectors, over measured batches',
  ),
  column('embed_batch_ms', 'number', 'ms', 'Batch', 'median over measured batches, from texts to the last vector'),
  column('embed_batch_p95_ms', 'number', 'ms', 'Batch, p95', 'R-7 quantile; empty with fewer than 100 batches'),
  column('embed_batch_cold_ms', 'number', 'ms', 'Cold batch', 'of the very first batch'),
] as const satisfies readonly Column[];
