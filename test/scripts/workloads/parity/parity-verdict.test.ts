import { describe, expect, it } from 'vitest';
import { parityFigures } from '../../../../scripts/log/figures/parity-figures.ts';
import { judge } from '../../../../scripts/workloads/parity/invariants.ts';
import type { ParityRecord } from '../../../../scripts/workloads/parity/records.ts';
import { toleranceOf } from '../../../../scripts/workloads/parity/tolerances.ts';

const tolerance = { weightClass: '8-bit', logitGap: 0.5, top1Agreement: 0.9, klMean: 0.01 };

function record(questionId: string, change: Partial<ParityRecord> = {}): ParityRecord {
  return {
    type: 'parity',
    questionId,
    question: `${questionId}?`,
    promptTokens: 9,
    promptTokensSha256: 'c'.repeat(64),
    referenceTokens: 20,
    tokens: 20,
    equalTokens: 20,
    divergence: null,
    positions: 20,
    top1Agreed: 20,
    klMean: 0.001,
    klMax: 0.01,
    ...change,
  };
}

function diverging(questionId: string, position: number, referenceGap: number): ParityRecord {
  const divergence = { position, referenceToken: 1, token: 2, referenceGap, gap: 0.1 };
  return record(questionId, { equalTokens: position, divergence, top1Agreed: 19 });
}

describe('the verdict on parity', () => {
  it('is passed where all is equal', () => {
    expect(judge([record('a'), record('b')], 'Engine', tolerance)).toEqual({
      type: 'parity_verdict',
      passed: true,
      reasons: [],
      tolerance,
    });
  });

  it('accepts a divergence that the reference itself was in doubt about', () => {
    expect(judge([record('a'), diverging('b', 3, 0.49)], 'Engine', tolerance).passed).toBe(true);
  });

  it('names the first divergence at which the reference was sure', () => {
    const records = [diverging('a', 12, 1.8), diverging('b', 3, 0.2), diverging('c', 14, 4), record('d')];
    expect(judge(records, 'Engine', tolerance).reasons).toEqual([
      '2 of 4 answers diverge where the reference\'s own choice was clear, the first at token 12 of "a?" (gap 1.80, tolerance 0.5)',
    ]);
  });

  it('fails too little agreement and too much divergence, over all positions together', () => {
    const records = [record('a', { top1Agreed: 15, klMean: 0.03 }), record('b', { positions: 10, top1Agreed: 10 })];
    expect(judge(records, 'Engine', tolerance).reasons).toEqual([
      'both put the same token first at 83.33 % of 30 positions, less than 90.00 %',
      'the mean KL divergence is 0.020 nats, more than 0.010',
    ]);
  });

  it('without logits rests on the tokens, all of them', () => {
    const unseen = { positions: 0, top1Agreed: 0, klMean: null, klMax: null };
    expect(judge([record('a', unseen)], 'Engine', tolerance).passed).toBe(true);
    const close = { ...diverging('b', 3, 0.001), ...unseen };
    expect(judge([record('a', unseen), close], 'Engine', tolerance).reasons).toEqual([
      '1 of 2 answers diverge, the first at token 3 of "b?", and Engine shows no logits that could explain it',
    ]);
  });

  it('has bounds for every weight class, which never narrow as weights get coarser', () => {
    const classes = ['32-bit', '16-bit', '8-bit', '6-bit', '5-bit', '4-bit', '3-bit', '2-bit', '1-bit'];
    const bounds = classes.map((weightClass) => toleranceOf(weightClass, false));
    for (const pick of ['logitGap', 'klMean'] as const) {
      expect(bounds.map((bound) => bound[pick])).toEqual(bounds.map((bound) => bound[pick]).toSorted((a, b) => a - b));
    }
    expect(new Set(bounds.map((bound) => bound.logitGap)).size).toBeGreaterThan(4);
    expect(toleranceOf('unknown', false)).toEqual({ ...toleranceOf('32-bit', false), weightClass: 'unknown' });
  });

  it('is stricter where both run the same file, and never laxer', () => {
    expect(toleranceOf('4-bit', true).klMean).toBeLessThan(toleranceOf('4-bit', false).klMean / 10);
    expect(toleranceOf('32-bit', true)).toEqual(toleranceOf('32-bit', false));
  });
});

describe('the figures of a parity run', () => {
  it('take all questions together, the mean divergence by positions', () => {
    const figures = parityFigures([
      diverging('a', 12, 1.8),
      diverging('b', 3, 0.2),
      record('c', { positions: 60, top1Agreed: 60, klMean: 0.006, klMax: 0.2 }),
    ]);
    expect(figures).toMatchObject({
      questions: 3,
      equalAnswers: 1,
      referenceTokens: 60,
      equalTokens: 35,
      firstDivergence: { questionId: 'b', position: 3, referenceGap: 0.2 },
      clearestDivergence: { questionId: 'a', position: 12, referenceGap: 1.8 },
      positions: 100,
      top1Agreement: 0.98,
      klMax: 0.2,
    });
    expect(figures.klMean).toBeCloseTo((20 * 0.001 + 20 * 0.001 + 60 * 0.006) / 100, 12);
  });
});
