import { describe, expect, it } from 'vitest';
import { peakTokensPerSecond, runTotals } from '../../../scripts/results/figures/run-totals.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import type { EmbeddingRecord } from '../../../scripts/workloads/embedding/records.ts';
import type { KernelRecord } from '../../../scripts/workloads/kernel/records.ts';
import type { AnswerRecord } from '../../../scripts/workloads/questions/records.ts';

const ms = (...values: number[]) => values.map((value) => value * 1e6);
const times = <T>(count: number, value: T): T[] => new Array(count).fill(value);

/** By the definition, window by window. */
function everyWindow(gapsNs: readonly number[]): number | null {
  let best: number | null = null;
  for (let from = 0; from < gapsNs.length; from++) {
    if (gapsNs[from] === 0) continue;
    let durationNs = 0;
    for (let to = from; to < gapsNs.length; to++) {
      durationNs += gapsNs[to] ?? 0;
      const gaps = to - from + 1;
      if (gaps >= 10 && durationNs >= 1e9) best = Math.max(best ?? 0, (gaps / durationNs) * 1e9);
    }
  }
  return best;
}

describe('the peak decode rate', () => {
  it.each([
    ['a steady rate is its own peak', times(100, 20), 50],
    // One second of 10 ms gaps among 20 ms ones.
    ['a fast second is found', [...times(100, 20), ...times(100, 10), ...times(100, 20)], 100],
    ['one fast gap is no peak', [...times(60, 20), 0.001, ...times(60, 20)], 50.9],
    ['chunks of four tokens count with the time between them', times(50, [80, 0, 0, 0]).flat(), 50],
    ['ten gaps at least, however slow', times(12, 2000), 0.5],
  ])('%s', (_, gaps, rate) => {
    expect(peakTokensPerSecond(ms(...gaps))).toBeCloseTo(rate, 0);
    expect(peakTokensPerSecond(ms(...gaps))).toBeCloseTo(everyWindow(ms(...gaps)) ?? Number.NaN, 6);
  });

  it.each([
    ['less than a second of decoding', times(99, 10)],
    ['fewer than ten gaps', times(9, 500)],
    ['nothing', []],
  ])('of %s is unknown', (_, gaps) => {
    expect(peakTokensPerSecond(ms(...gaps))).toBeNull();
  });

  it('is that of the best window of all, and never below the mean', () => {
    const random = seededRandom(5);
    for (let session = 0; session < 200; session++) {
      const pace = 5 + 200 * random();
      const gaps = Array.from({ length: 20 + Math.floor(random() * 150) }, () =>
        Math.round(pace * (0.2 + 2 * random() ** 3) * 1e6),
      );
      const peak = peakTokensPerSecond(gaps);
      const expected = everyWindow(gaps);
      if (expected === null) expect(peak).toBeNull();
      else expect(peak).toBeCloseTo(expected, 6);
      const mean = (gaps.length / gaps.reduce((sum, gap) => sum + gap, 0)) * 1e9;
      if (peak !== null) expect(peak).toBeGreaterThanOrEqual(mean * (1 - 1e-12));
    }
  });
});

describe('the totals of a run', () => {
  const answer = (round: number, phase: AnswerRecord['phase'], e2eMs: number): AnswerRecord => ({
    ...{ type: 'answer', answer: 0, phase, round, questionId: 'q', question: 'q', expected: null, text: 't' },
    ...{ correct: null, promptTokens: 3, cachedPromptTokens: 0, promptTokensSha256: 'a', templateNs: 0, tokenizeNs: 0 },
    ...{ startNs: 5e9, submitNs: 5e9, firstTokenNs: 5e9 + 1, lastTokenNs: 5e9 + e2eMs * 1e6, tokens: 4, stop: 'end' },
  });
  const nothing = { answers: [], kernels: [], embeddings: [], gapsNs: [] };

  it('of questions are measured rounds and the time of the answers alone', () => {
    const answers = [
      answer(0, 'cold', 900),
      answer(0, 'warmup', 800),
      ...[0, 0, 1, 1].map((round) => answer(round, 'measured', 10)),
    ];
    expect(runTotals({ ...nothing, answers, gapsNs: ms(4, 0, 3, 5) })).toEqual({
      iterations: 2,
      totalTimeMs: 40,
      // The gap of 0 is inside a chunk.
      minTokenTimeMs: 3,
      peakTokensPerSecond: null,
    });
  });

  it('of kernel tests are repetitions of each test', () => {
    const kernels = (['pp', 'tg'] as const).flatMap((test) =>
      [0, 1, 2].map(
        (repetition): KernelRecord => ({
          ...{ type: 'kernel', test, repetition, phase: 'measured', tokens: 8, depth: 0 },
          ...{ startNs: 0, durationNs: 2e6 },
        }),
      ),
    );
    expect(runTotals({ ...nothing, kernels })).toMatchObject({ iterations: 3, totalTimeMs: 12, minTokenTimeMs: null });
  });

  it('of embeddings are rounds of the texts', () => {
    const batch = (round: number, phase: EmbeddingRecord['phase']): EmbeddingRecord => ({
      ...{ type: 'embedding', batch: 0, phase, round, texts: 1, tokens: 2, dimensions: 2 },
      ...{ startNs: 1e6, submitNs: 2e6, endNs: 5e6 },
    });
    const embeddings = [batch(0, 'cold'), batch(0, 'measured'), batch(1, 'measured')];
    expect(runTotals({ ...nothing, embeddings })).toMatchObject({ iterations: 2, totalTimeMs: 8 });
  });

  it('of nothing are unknown', () => {
    expect(runTotals(nothing)).toEqual({
      iterations: null,
      totalTimeMs: null,
      minTokenTimeMs: null,
      peakTokensPerSecond: null,
    });
  });
});
