/** Figures of the embedding workload; all empty in runs of others. */
import { embeddingFigures } from '../../scripts/log/figures/embedding-metrics.ts';
import { median, percentileIsSupported, quantile } from '../../scripts/statistics/statistics.ts';
import type { EmbeddingRecord } from '../../scripts/workloads/embedding/records.ts';
import type { embeddingColumns } from './columns/run-embedding.ts';
import type { RunRow } from './columns/runs.ts';

type EmbeddingCells = Pick<RunRow, (typeof embeddingColumns)[number]['name']>;

export function embeddingCells(records: readonly EmbeddingRecord[]): EmbeddingCells {
  const figures = embeddingFigures(records);
  const sorted = figures?.batchMs.toSorted((a, b) => a - b) ?? [];
  return {
    embed_batch_texts: figures?.batchTexts ?? null,
    embed_texts: figures?.texts ?? null,
    embed_tokens: figures?.tokens ?? null,
    embed_dimensions: figures?.dimensions ?? null,
    embed_tokens_per_s: figures?.tokensPerSecond ?? null,
    embed_texts_per_s: figures?.textsPerSecond ?? null,
    embed_batch_ms: sorted.length === 0 ? null : median(sorted),
    embed_batch_p95_ms: percentileIsSupported(sorted.length, 0.95) ? quantile(sorted, 0.95) : null,
    embed_batch_cold_ms: figures?.coldBatchMs ?? null,
  };
}
