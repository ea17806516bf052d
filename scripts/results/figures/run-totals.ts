/** What a run took as a whole: the fields of a BenchmarkResult that are no latency and no mean. */

import { createHash } from 'node:crypto';
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

/** One hash for all that a run said: equal outputs, equal hash, whatever the order in which questions were asked. */
export interface Output {
  questionId: string;
  round: number;
  /** Generated token ids. */
  ids: readonly number[];
}

/**
 * sha256 over the answers in order of question id and round: each one's ids as little-endian int32, closed by -1 so that
 * two answers cannot be mistaken for one. What a later round says again does not count again, so that runs of more rounds have the
 * hash of those of fewer. Null for no answers.
 */
export function outputSha256(outputs: readonly Output[]): string | null {
  if (outputs.length === 0) return null;
  const hash = createHash('sha256');
  const ordered = outputs.toSorted((a, b) => compareText(a.questionId, b.questionId) || a.round - b.round);
  const said = new Set<string>();
  for (const { questionId, ids } of ordered) {
    const answer = JSON.stringify([questionId, ids]);
    if (said.has(answer)) continue;
    said.add(answer);
    const bytes = Buffer.alloc((ids.length + 1) * 4);
    ids.forEach((id, i) => {
      bytes.writeInt32LE(id | 0, i * 4);
    });
    bytes.writeInt32LE(-1, ids.length * 4);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
