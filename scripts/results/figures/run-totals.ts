/** What a run took as a whole: the fields of a BenchmarkResult that are no latency and no mean. */

import { createHash } from 'node:crypto';
import type { EmbeddingRecord } from '../../workloads/embedding/records.ts';
import type { KernelRecord } from '../../workloads/kernel/records.ts';
import type { AnswerRecord } from '../../workloads/questions/records.ts';

const nsPerMs = 1e6;

export type RunTotals = ReturnType<typeof runTotals>;

export function runTotals(measured: {
  answers: readonly AnswerRecord[];
  kernels: readonly KernelRecord[];
  embeddings: readonly EmbeddingRecord[];
  /** Between tokens of measured answers. */
  gapsNs: readonly number[];
}) {
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
    /** Measured rounds of the questions or texts; measured repetitions of a kernel test. Null where nothing was measured. */
    iterations: spans.length === 0 ? null : new Set(spans.map(({ iteration }) => iteration)).size,
    /** Sum of tn - t0 over the measured answers, or of the durations of repetitions or batches: tokens / it is the rate. */
    totalTimeMs: spans.length === 0 ? null : spans.reduce((sum, { durationNs }) => sum + durationNs, 0) / nsPerMs,
    /** The shortest gap between two tokens that came at different instants. */
    minTokenTimeMs: Number.isFinite(shortestNs) ? shortestNs / nsPerMs : null,
    peakTokensPerSecond: peakTokensPerSecond(measured.gapsNs),
  };
}

/** One hash for all that a run said: equal outputs, equal hash, regardless of the order in which questions were asked. */
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

const nsPerSecond = 1e9;
const shortestGaps = 10;

/**
 * The highest decode rate that was kept up for a second. The rate of the fastest gap would be one token's luck, and with
 * tokens that come in chunks no rate at all.
 *
 * The most gaps / time over all windows of consecutive gaps that last a second or longer and hold ten gaps or more. None
 * begins inside a chunk, whose further tokens would come in no time. The whole is such a window, so the peak is never below
 * the mean.
 * @param allGapsNs between the tokens of measured answers, put end to end: time between answers is no decoding
 * @returns tokens per second; null where all of it is shorter than a window
 */
export function peakTokensPerSecond(allGapsNs: readonly number[]): number | null {
  const gapsNs = allGapsNs.slice(allGapsNs.findIndex((gapNs) => gapNs > 0));
  const sums = new Float64Array(gapsNs.length + 1);
  for (const [i, gapNs] of gapsNs.entries()) sums[i + 1] = (sums[i] ?? 0) + gapNs;
  const totalNs = sums.at(-1) ?? 0;
  if (totalNs < nsPerSecond || gapsNs.length < shortestGaps) return null;
  // Dinkelbach's method for a maximal ratio: from one rate to the window that beats it most, until none does.
  let rate = gapsNs.length / totalNs;
  for (;;) {
    const better = windowAbove(rate, sums);
    if (better === null || better <= rate) return rate * nsPerSecond;
    rate = better;
  }
}

/** The rate of the window with the largest excess of tokens over `rate` times its duration; tokens per nanosecond. */
function windowAbove(rate: number, sums: Float64Array): number | null {
  let found: number | null = null;
  let most = 0;
  let start = 0;
  let next = 0;
  const begins = (index: number) => at(sums, index + 1) > at(sums, index);
  for (let end = shortestGaps; end < sums.length; end++) {
    // Starts that are far enough from this end stay so for all later ones; of these the best is kept.
    while (next <= end - shortestGaps && at(sums, end) - at(sums, next) >= nsPerSecond) {
      if (begins(next) && next - rate * at(sums, next) <= start - rate * at(sums, start)) start = next;
      next++;
    }
    if (next === 0) continue;
    const durationNs = at(sums, end) - at(sums, start);
    const excess = end - start - rate * durationNs;
    if (excess > most) {
      most = excess;
      found = (end - start) / durationNs;
    }
  }
  return found;
}

function at(sums: Float64Array, index: number): number {
  return sums[index] ?? 0;
}
