import { describe, expect, it } from 'vitest';
import { pooledScore, questionScore, repeatsOf, scoreText } from '../../../scripts/results/figures/question-score.ts';
import { wilsonInterval } from '../../../scripts/statistics/proportions.ts';
import { latencyPercentiles } from '../../../scripts/statistics/statistics.ts';

const answer = (questionId: string, correct: boolean | null) => ({ questionId, correct });
/** 26 questions, each asked so many times. */
const asked = (times: number, correct = () => true) =>
  Array.from({ length: 26 * times }, (_, i) => answer(`q${i % 26}`, correct()));

describe('questions that were answered correctly', () => {
  it('are 26 of 26 when 26 questions are asked four times, whether in rounds or in runs', () => {
    const rounds = questionScore(asked(4));
    expect(rounds).toEqual({ questions: 26, correct: 26, answers: 104 });
    const runs = pooledScore([1, 2, 3, 4].flatMap(() => questionScore(asked(1)) ?? []));
    expect(runs).toEqual(rounds);
    // 104 of 104 would be as sure as 0.964.
    expect(wilsonInterval(26, 26)?.low).toBeCloseTo(0.8713, 3);
    expect(rounds === null ? '' : scoreText(rounds)).toBe('26 of 26 questions, 4 answers each');
  });

  it('count with the share of their answers that were correct', () => {
    const score = questionScore([answer('a', true), answer('a', false), answer('b', true), answer('b', true)]);
    expect(score).toEqual({ questions: 2, correct: 1.5, answers: 4 });
    expect(score === null ? '' : scoreText(score)).toBe('1.5 of 2 questions, 2 answers each');
  });

  it('are those of which anything is known', () => {
    expect(questionScore([answer('a', null), answer('b', true)])).toEqual({ questions: 1, correct: 1, answers: 1 });
    expect(questionScore([answer('a', null)])).toBeNull();
    expect(questionScore([])).toBeNull();
    expect(pooledScore([])).toBeNull();
  });

  it('of a run that was cut short do not count as much as those of a whole one', () => {
    const whole = { questions: 26, correct: 26, answers: 26 };
    const part = { questions: 4, correct: 2, answers: 4 };
    // 28 of 30 answers.
    expect(pooledScore([whole, part])).toEqual({
      questions: 26,
      correct: expect.closeTo((28 / 30) * 26, 9),
      answers: 30,
    });
  });
});

describe('samples of a distribution', () => {
  it('are those of different answers: greedy ones are the same each time, sampled ones are not', () => {
    expect(repeatsOf(asked(4), 0)).toBe(4);
    expect(repeatsOf(asked(4), undefined)).toBe(4);
    expect(repeatsOf(asked(4), 0.7)).toBe(1);
    expect(repeatsOf([], 0)).toBe(1);
  });

  it('support no further percentile for being repeated', () => {
    const values = Array.from({ length: 104 }, (_, i) => i % 26);
    expect(latencyPercentiles(values)).toMatchObject({ count: 104, p95: expect.any(Number) });
    expect(latencyPercentiles(values, 4)).toMatchObject({ count: 26, p90: null, p95: null, p50: 12.5 });
  });
});
