/** Figures of the embedding workload. They have names of their own: a rate of embedded tokens is no rate of generated ones. */
import type { EmbeddingRecord } from '../../workloads/embedding/records.ts';

const nsPerMs = 1e6;
const nsPerSecond = 1e9;

export interface EmbeddingFigures {
  batches: number;
  /** Of the largest batch: the last one of a round may be smaller. */
  batchTexts: number;
  texts: number;
  tokens: number;
  dimensions: number;
  /** Total tokens / total time from tokens to vectors. */
  tokensPerSecond: number;
  /** Total texts / total time from texts to vectors. */
  textsPerSecond: number;
  /** Of each measured batch, from its texts to its last vector. */
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
