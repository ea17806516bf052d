/** What a run took as a whole: the fields of a BenchmarkResult that are no latency and no mean. */

import { peakTokensPerSecond } from '../../statistics/peak-rate.ts';
import type { EmbeddingRecord } from '../../workloads/embedding/records.ts';
import type { KernelRecord } from '../../workloads/kernel/records.ts';
import type { AnswerRecord } from '../../workloads/questions/records.ts';

const nsPerMs = 1e6;

export interface RunTotals {
  /** Measured rounds of the questions or texts; measured repetitions of a kernel test. Null where nothing was measured. */
  iterations: number | null;
  /** Sum of tn - t0 over the measured answers, or of the durations of repetitions or batches: tokens / it is the rate. */
  totalTimeMs: number | null;
  /** The shortest gap between two tokens that came at different instants. */
  minTokenTimeMs: number | null;
  /** Over a second or longer; see peak-rate.ts. */
  peakTokensPerSecond: number | null;
}

export function runTotals(measured: {
  answers: readonly AnswerRecord[];
  kernels: readonly KernelRecord[];
  embeddings: readonly EmbeddingRecord[];
  /** Between tokens of measured answers. */
  gapsNs: readonly number[];
}): RunTotals {
  const spans = [
    ...measured.answers.map((answer) => ({
      iteration: answer.round,
      durationNs: (answer.lastTokenNs ?? answer.startNs) - answer.startNs,
      phase: answer.phase,
    })),
    ...measured.kernels.map(({ repetition, durationNs, phase }) => ({ iteration: repetition, durationNs, phase })),
    ...measured.embeddings.map(({ round, startNs, endNs, phase }) => ({
      iteration: round,
      durationNs: endNs - startNs,
      phase,
    })),
  ].filter(({ phase }) => phase === 'measured');
  const shortestNs = measured.gapsNs.reduce((least, gapNs) => (gapNs > 0 && gapNs < least ? gapNs : least), Infinity);
  return {
    iterations: spans.length === 0 ? null : new Set(spans.map(({ iteration }) => iteration)).size,
    totalTimeMs: spans.length === 0 ? null : spans.reduce((sum, { durationNs }) => sum + durationNs, 0) / nsPerMs,
    minTokenTimeMs: Number.isFinite(shortestNs) ? shortestNs / nsPerMs : null,
    peakTokensPerSecond: peakTokensPerSecond(measured.gapsNs),
  };
}
