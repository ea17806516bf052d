/** A parity run as a few figures: its questions taken together. Pure, from the records of the raw log. */
import type { ParityRecord } from '../../workloads/parity/records.ts';

export interface FirstDivergence {
  questionId: string;
  question: string;
  /** Index of the first token of the answer that differs. */
  position: number;
  /** Top-1 logit minus top-2 logit there, of the reference and of this run. */
  referenceGap: number;
  gap: number | null;
}

export interface ParityFigures {
  questions: number;
  /** Answers that are the reference's, token by token. */
  equalAnswers: number;
  referenceTokens: number;
  /** Tokens before the first divergence of each answer. */
  equalTokens: number;
  /** The earliest of all answers' first divergences; of equals the clearest. Null when there is none. */
  firstDivergence: FirstDivergence | null;
  /** The one at which the reference's choice was clearest, and a difference hardest to explain. */
  clearestDivergence: FirstDivergence | null;
  /** Teacher-forced; none where the engine shows no logits, and then the figures below are null. */
  positions: number;
  /** Share of positions at which both put the same token first. */
  top1Agreement: number | null;
  /** Nats: over all positions, and the largest of them. */
  klMean: number | null;
  klMax: number | null;
}

export function parityFigures(records: readonly ParityRecord[]): ParityFigures {
  const sum = (pick: (record: ParityRecord) => number) => records.reduce((total, record) => total + pick(record), 0);
  const divergences = divergencesOf(records);
  const positions = sum((record) => record.positions);
  const overPositions = (total: number) => (positions === 0 ? null : total / positions);
  return {
    questions: records.length,
    equalAnswers: records.length - divergences.length,
    referenceTokens: sum((record) => record.referenceTokens),
    equalTokens: sum((record) => record.equalTokens),
    firstDivergence: divergences.toSorted(earliest)[0] ?? null,
    clearestDivergence: divergences.toSorted(clearest)[0] ?? null,
    positions,
    top1Agreement: overPositions(sum((record) => record.top1Agreed)),
    klMean: overPositions(sum((record) => (record.klMean ?? 0) * record.positions)),
    klMax: positions === 0 ? null : Math.max(...records.map((record) => record.klMax ?? 0)),
  };
}

export function divergencesOf(records: readonly ParityRecord[]): FirstDivergence[] {
  return records.flatMap(({ questionId, question, divergence }) => {
    if (divergence === null) return [];
    const { position, referenceGap, gap } = divergence;
    return [{ questionId, question, position, referenceGap, gap }];
  });
}

/** Orders the earliest first. */
export function earliest(a: FirstDivergence, b: FirstDivergence): number {
  return a.position - b.position || clearest(a, b);
}

function clearest(a: FirstDivergence, b: FirstDivergence): number {
  return b.referenceGap - a.referenceGap;
}

/** Divergences span ten powers of ten: 0.012, 2.3e-7. */
export function nats(value: number): string {
  if (value === 0) return '0';
  return value < 1e-3 ? value.toExponential(1) : value.toPrecision(2);
}

/** 99.87 %; never rounded up to 100 % when it is not. */
export function share(value: number): string {
  if (value === 1) return '100 %';
  return `${(Math.floor(value * 1e4) / 100).toFixed(2)} %`;
}
