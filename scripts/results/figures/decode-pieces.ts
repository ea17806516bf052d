/**
 * Decoding as a line of equal pieces, so that its beginning can be compared with its end. Answers cannot: the first gap of an answer
 * is slower than the others, later ones attend to more, and a short answer has more of the first kind.
 */
import { group } from 'd3-array';
import type { RunRecord } from '../../log/run-log-format.ts';
import { mean, median } from '../../statistics/statistics.ts';
import type { EmbeddingRecord } from '../../workloads/embedding/records.ts';
import type { KernelRecord } from '../../workloads/kernel/records.ts';
import type { AnswerRecord, TokenRecord } from '../../workloads/questions/records.ts';

/** The time between two successive tokens of an answer. */
export interface Gap {
  answer: number;
  /** Step of the later token: 1 for the first gap. */
  step: number;
  ns: number;
}

export function gapsOf(tokens: readonly TokenRecord[]): Gap[] {
  return tokens.flatMap((token, i) => {
    const previous = tokens[i - 1];
    if (previous === undefined || previous.answer !== token.answer) return [];
    return { answer: token.answer, step: token.step, ns: token.atNs - previous.atNs };
  });
}

/** A stall counts as so many gaps: it is no pace. */
const stallCounts = 3;

/**
 * Each gap over the median of the gaps in the same place of other answers: the first, the second, the third and fourth, then twice
 * as many each time. A place that only one answer reached has nothing to be compared with and is left out; so one answer alone
 * gives nothing.
 * @param kept gaps to return; the others only say what is usual
 */
export function relativeGaps(gaps: readonly Gap[], kept: (gap: Gap) => boolean = () => true): number[] {
  const usual = new Map(
    [...group(gaps, placeOf)].flatMap(([place, there]) => {
      if (new Set(there.map(({ answer }) => answer)).size < 2) return [];
      const ns = there.map((gap) => gap.ns);
      // Tokens of one chunk share an instant.
      const typical = median(ns) || mean(ns);
      return typical > 0 ? [[place, typical] as const] : [];
    }),
  );
  return gaps.filter(kept).flatMap((gap) => {
    const typical = usual.get(placeOf(gap));
    return typical === undefined ? [] : Math.min(gap.ns / typical, stallCounts);
  });
}

function placeOf({ step }: Gap): number {
  return Math.ceil(Math.log2(step));
}

const mostPieces = 240;
const enoughPieces = 60;
/** The noise of single gaps would hide how much neighbours resemble each other. */
const usualSize = 8;

/**
 * Means of equally many neighbours: of eight, of more where there are over 240 pieces, of fewer where there are not 60. What does
 * not fill a piece is left out at the beginning.
 */
export function equalPieces(values: readonly number[]): number[] {
  const { length } = values;
  const size = Math.max(1, Math.ceil(length / mostPieces), Math.min(usualSize, Math.floor(length / enoughPieces)));
  const from = values.length % size;
  return Array.from({ length: Math.floor(values.length / size) }, (_, i) =>
    mean(values.slice(from + i * size, from + (i + 1) * size)),
  );
}

/** Pieces of the measured phase, in its order: gaps between tokens, repetitions of tg, or batches of texts. */
export function measuredPieces(records: readonly RunRecord[]): number[] {
  const measured = new Set(
    records
      .filter((record): record is AnswerRecord => record.type === 'answer' && record.phase === 'measured')
      .map(({ answer }) => answer),
  );
  const tokens = records.filter(
    (record): record is TokenRecord => record.type === 'token' && measured.has(record.answer),
  );
  return equalPieces([...relativeGaps(gapsOf(tokens)), ...stepPaces(records)]);
}

/** Nanoseconds per token of what is measured in steps of many tokens: repetitions of tg, the test that lasts, and batches of texts. */
export function stepPaces(records: readonly RunRecord[]): number[] {
  return [...tgPaces(records), ...embeddingPaces(records)];
}

function tgPaces(records: readonly RunRecord[]): number[] {
  return records
    .filter((record): record is KernelRecord => record.type === 'kernel')
    .filter(({ phase, test }) => phase === 'measured' && test === 'tg')
    .map(({ durationNs, tokens }) => durationNs / tokens);
}

function embeddingPaces(records: readonly RunRecord[]): number[] {
  return records
    .filter((record): record is EmbeddingRecord => record.type === 'embedding')
    .filter(({ phase, tokens }) => phase === 'measured' && tokens > 0)
    .map(({ submitNs, endNs, tokens }) => (endNs - submitNs) / tokens);
}
