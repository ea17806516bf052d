import { describe, expect, test } from 'vitest';
import { cholesky, solve } from '../../../scripts/statistics/cholesky.ts';
import { type LogSum, LogSumEvaluation } from '../../../scripts/statistics/log-sum.ts';
import { fitLogSums, leaveOut, predictLogSum, refit } from '../../../scripts/statistics/log-sum-fit.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { conformalWidth } from '../../../scripts/statistics/split-conformal.ts';

describe('systems of equations', () => {
  test('a system that was solved by hand', () => {
    // 4x + 2y = 10 and 2x + 3y = 11: x = 1, y = 3.
    const lower = cholesky(Float64Array.from([4, 2, 2, 3]), 2);
    expect([...solve(lower, Float64Array.from([10, 11]))]).toEqual([expect.closeTo(1), expect.closeTo(3)]);
  });

  test('a matrix without an inverse is refused', () => {
    expect(() => cholesky(Float64Array.from([1, 1, 1, 1]), 2)).toThrow(RangeError);
  });
});

describe('sums of factors', () => {
  const sum: LogSum = [
    [
      { logAmount: Math.log(3), parameters: [0] },
      { logAmount: Math.log(4), parameters: [1] },
    ],
    [{ logAmount: Math.log(5), parameters: [0, 2] }],
  ];

  test('groups add up, and parts of a group hide each other as far as is said', () => {
    const evaluation = new LogSumEvaluation(3);
    const zero = new Float64Array(3);
    expect(Math.exp(evaluation.at(sum, zero, 1))).toBeCloseTo(12);
    expect(Math.exp(evaluation.at(sum, zero, 2))).toBeCloseTo(10);
  });

  test('the slopes are those of differences', () => {
    const evaluation = new LogSumEvaluation(3);
    const at = Float64Array.from([0.2, -0.1, 0.4]);
    const value = evaluation.at(sum, at, 2);
    const slopes = [...evaluation.gradient];
    for (const [p, slope] of slopes.entries()) {
      const moved = at.map((each, i) => (i === p ? each + 1e-6 : each));
      expect((evaluation.at(sum, moved, 2) - value) / 1e-6).toBeCloseTo(slope, 4);
    }
  });
});

describe('fits', () => {
  const priors = [
    { mean: 0, deviation: 2 },
    { mean: 0, deviation: 2 },
  ];
  const random = seededRandom(3);
  /** y = 2 a + 5 b, with errors of about one per cent. */
  const observations = Array.from({ length: 40 }, () => {
    const [a, b] = [1 + 9 * random(), 1 + 9 * random()];
    const sum: LogSum = [[{ logAmount: Math.log(a), parameters: [0] }], [{ logAmount: Math.log(b), parameters: [1] }]];
    return { sum, logValue: Math.log(2 * a + 5 * b) + 0.02 * (random() - 0.5) };
  });
  const fit = fitLogSums(observations, priors);

  test('factors that made the observations are found', () => {
    expect(Math.exp(fit.parameters[0] ?? 0)).toBeCloseTo(2, 1);
    expect(Math.exp(fit.parameters[1] ?? 0)).toBeCloseTo(5, 1);
  });

  test('a single observation that is ten times too large moves them little', () => {
    const [first, ...others] = observations;
    if (first === undefined) throw new Error('no observations');
    const spoilt = fitLogSums([{ ...first, logValue: first.logValue + Math.log(10) }, ...others], priors);
    expect(Math.exp(spoilt.parameters[1] ?? 0)).toBeGreaterThan(4.5);
    expect(Math.exp(spoilt.parameters[1] ?? 0)).toBeLessThan(5.5);
  });

  test('one step without some observations is the fit without them', () => {
    const stepped = leaveOut(fit, observations.slice(0, 3));
    const anew = refit(fit, observations.slice(3), priors);
    expect(stepped.parameters[0]).toBeCloseTo(anew.parameters[0] ?? 0, 3);
    expect(stepped.parameters[1]).toBeCloseTo(anew.parameters[1] ?? 0, 3);
  });

  test('what nobody observed stays at its prior, with its deviation', () => {
    const wider = [...priors, { mean: 0, deviation: 0.5 }];
    const unseen: LogSum = [[{ logAmount: 0, parameters: [2] }]];
    const { logValue, deviation } = predictLogSum(fit, unseen, wider);
    expect(logValue).toBe(0);
    expect(deviation).toBeCloseTo(Math.hypot(0.5, fit.noise), 6);
  });
});

describe('conformal intervals', () => {
  test('of nineteen errors the eighteenth covers nine of ten', () => {
    const errors = Array.from({ length: 19 }, (_, i) => i + 1);
    expect(conformalWidth(errors, 0.9)).toEqual({ width: 18, count: 19, from: 'quantile' });
  });

  test('too few errors give their range, a little wider', () => {
    expect(conformalWidth([1, 4, 2, 3], 0.9)).toEqual({ width: 5, count: 4, from: 'range' });
    expect(conformalWidth([], 0.9)).toBeNull();
  });
});
