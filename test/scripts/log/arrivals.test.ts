import { describe, expect, it } from 'vitest';
import {
  arrivalGapsNs,
  arrivalInstants,
  arrivalsOf,
  connectionResolutionNs,
  decodeSpan,
} from '../../../scripts/log/figures/arrivals.ts';
import { answerMetrics, runRates } from '../../../scripts/results/figures/metrics.ts';
import type { AnswerRecord } from '../../../scripts/workloads/questions/records.ts';
import { answerRecords } from '../../collate/run-records.ts';

const ms = 1e6;

/** An answer from a server: how many tokens came at which millisecond after the start. */
function cameAt(...arrivals: Array<[atMs: number, tokens: number]>): AnswerRecord {
  const atNs = arrivals.flatMap(([atMs, tokens]) => new Array<number>(tokens).fill(atMs * ms));
  const record = answerRecords(0, {}).findLast((each) => each.type === 'answer');
  if (record === undefined) throw new Error('there is an answer');
  const { promptEvaluatedNs: _, ...answer } = record;
  return {
    ...answer,
    startNs: 0,
    submitNs: 0,
    firstTokenNs: atNs.at(0) ?? 0,
    lastTokenNs: atNs.at(-1) ?? 0,
    tokens: atNs.length,
    ...arrivalsOf(atNs, connectionResolutionNs),
    served: { chunks: arrivals.length, promptTokens: 20, tokens: atNs.length },
  };
}

const evenly = (count: number, gapMs: number, tokens = 1) =>
  Array.from({ length: count }, (_, i): [number, number] => [100 + i * gapMs, tokens]);

describe('arrivals', () => {
  it('are distinct instants, and of a connection those that its client can tell apart', () => {
    expect(arrivalInstants([5, 5, 7, 7, 9], 0)).toEqual([5, 7, 9]);
    expect(arrivalsOf([5, 5, 7, 7, 9], 0)).toEqual({ arrivals: 3, firstArrivalTokens: 2 });
    expect(arrivalsOf([0, 40_000, 90_000, 140_000, 900_000], connectionResolutionNs)).toEqual({
      arrivals: 3,
      firstArrivalTokens: 3,
    });
    expect(arrivalsOf([], 0)).toEqual({ arrivals: 0, firstArrivalTokens: 0 });
  });

  it('have gaps of more than nothing from t1 on, whether or not its token has text: they add up to tn - t1', () => {
    const tokens = [5, 10, 10, 30].map((atNs, i) => ({ atNs, text: i === 0 ? '' : 'a' }));
    expect(arrivalGapsNs({ firstTokenNs: 5 }, tokens)).toEqual([5, 20]);
    expect(arrivalGapsNs({ firstTokenNs: 10 }, tokens)).toEqual([20]);
    expect(arrivalGapsNs({}, [])).toEqual([]);
  });
});

describe('a decode rate', () => {
  it.each([
    { came: 'one by one', answer: cameAt(...evenly(64, 10)), tokensPerSecond: 100 },
    // 64 tokens of 10 ms each, eight at a time: (64 - 8) / 560 ms, where (64 - 1) would be 112.5 tokens/s.
    { came: 'eight at a time', answer: cameAt(...evenly(8, 80, 8)), tokensPerSecond: 100 },
    {
      came: 'with four at first',
      answer: cameAt([100, 4], ...evenly(20, 10).map(([at, n]): [number, number] => [at + 10, n])),
      tokensPerSecond: 100,
    },
    { came: 'two of them', answer: cameAt(...evenly(2, 10)), tokensPerSecond: 100 },
    { came: 'as fast as a client can tell', answer: cameAt(...evenly(64, 0.2)), tokensPerSecond: 5000 },
  ])('of tokens that came $came is (n - k) / (tn - t1)', ({ answer, tokensPerSecond }) => {
    const { decodeTokensPerSecond, tpotMs } = answerMetrics(answer);
    expect(decodeTokensPerSecond).toBeCloseTo(tokensPerSecond, 6);
    expect(tpotMs).toBeCloseTo(1000 / tokensPerSecond, 9);
    expect(runRates([answer]).decodeTokensPerSecond).toBeCloseTo(tokensPerSecond, 6);
  });

  it.each([
    // (64 - 1) / 2.05 ms are 30,732 tokens/s.
    { came: 'in two writes', answer: cameAt([640, 32], [642.05, 32]) },
    { came: 'in two writes that are far apart', answer: cameAt([320, 32], [640, 32]) },
    { came: 'all at once', answer: cameAt([640, 64]) },
    { came: 'in four pieces', answer: cameAt(...evenly(4, 100, 16)) },
    { came: 'in eight large pieces', answer: cameAt(...evenly(8, 100, 100)) },
    { came: 'one after the other within 2 ms', answer: cameAt(...evenly(64, 0.03)) },
    { came: 'two and one', answer: cameAt([100, 2], [110, 1]) },
    { came: 'alone', answer: cameAt([100, 1]) },
  ])('of tokens that came $came is none, and no time per token is 0', ({ answer }) => {
    expect(answerMetrics(answer)).toMatchObject({ tpotMs: null, decodeTokensPerSecond: null });
    expect(answerMetrics(answer).ttftMs).toBeGreaterThan(0);
    expect(runRates([answer])).toMatchObject({ tpotMs: null, decodeTokensPerSecond: null });
  });

  it('of a run is none where over a tenth of its tokens came in answers that have none', () => {
    const [told, held] = [cameAt(...evenly(64, 10)), cameAt([640, 4], [642, 3])];
    expect(runRates([told, held]).decodeTokensPerSecond).toBeCloseTo(100, 6);
    expect(runRates([told, held, held]).decodeTokensPerSecond).toBeNull();
  });

  it('of an engine that stamps its own tokens has no limit but that time passes', () => {
    const stamped = { tokens: 3, firstTokenNs: 0, lastTokenNs: 2000 };
    expect(decodeSpan({ ...stamped, ...arrivalsOf([0, 1000, 2000], 0) })).toEqual({ tokens: 2, durationNs: 2000 });
    expect(decodeSpan({ ...stamped, lastTokenNs: 0, ...arrivalsOf([0, 0, 0], 0) })).toBeNull();
    expect(decodeSpan(stamped)).toEqual({ tokens: 2, durationNs: 2000 });
  });

  it('and any other figure is none where an instant cannot be', () => {
    const impossible = { ...cameAt(...evenly(8, 10)), startNs: 1000 * ms };
    expect(answerMetrics(impossible)).toMatchObject({ ttftMs: null, tpotMs: null, e2eMs: null });
    expect(runRates([impossible])).toMatchObject({ decodeTokensPerSecond: null, e2eTokensPerSecond: null });
  });
});
