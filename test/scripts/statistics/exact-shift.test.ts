/** Test and interval of a shift: against the test with mid-ranks, and against each other. */
import { describe, expect, it } from 'vitest';
import { attainedLevel, exactShift, fewestForLevel } from '../../../scripts/statistics/exact-shift.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { mannWhitney } from './mid-rank-test.ts';

function samples(random: () => number, runs: number, shift: number): number[] {
  return Array.from({ length: runs }, () => random() + random() + shift);
}

describe('the test of a shift', () => {
  it.each([
    [3, 4],
    [8, 8],
    [5, 20],
  ])('is that of Mann and Whitney for %i and %i values without ties', (m, n) => {
    const random = seededRandom(m);
    for (let i = 0; i < 20; i++) {
      const [a, b] = [samples(random, m, 0.2), samples(random, n, 0)];
      expect(exactShift(a, b).p).toBeCloseTo(mannWhitney(a, b).p, 10);
    }
  });

  it('counts orders: of 8 and 8 values that do not overlap, 2 of 12,870', () => {
    const [a, b] = [samples(seededRandom(1), 8, 100), samples(seededRandom(2), 8, 0)];
    expect(exactShift(a, b).p).toBeCloseTo(2 / 12_870, 12);
  });

  it('goes over into the approximation beyond 50 values a side without a large step', () => {
    const test = (of: typeof exactShift | typeof mannWhitney, runs: number) => {
      const places = Array.from({ length: runs }, (_, i) => i);
      return of(
        places.map((place) => place + Math.round(0.15 * runs) + 0.5),
        places,
      ).p;
    };
    const p = (runs: number) => test(exactShift, runs);
    expect(p(50)).toBeLessThan(0.05);
    expect(Math.abs(Math.log(p(50) / test(mannWhitney, 50)))).toBeLessThan(0.1);
    expect(Math.abs(Math.log(p(51) / p(50)))).toBeLessThan(0.2);
  });

  it('takes equal values as no evidence', () => {
    expect(exactShift([5, 5, 5, 5], [5, 5, 5, 5]).p).toBe(1);
    expect(exactShift([6, 6, 6, 6], [5, 5, 5, 5]).p).toBeCloseTo(2 / 70, 12);
    expect(exactShift([6, 6, 6, 5], [5, 5, 5, 5]).p).toBeGreaterThan(2 / 70);
  });

  it('holds its level in ten thousand comparisons of equals', () => {
    const random = seededRandom(7);
    let rejected = 0;
    for (let i = 0; i < 10_000; i++) {
      if (exactShift(samples(random, 8, 0), samples(random, 8, 0)).p < 0.05) rejected++;
    }
    expect(rejected / 10_000).toBeCloseTo(attainedLevel(8, 8, 0.05) ?? 0, 2);
    expect(attainedLevel(8, 8, 0.05)).toBeLessThan(0.05);
  });
});

describe('the interval of a shift', () => {
  it('excludes no shift just where the test rejects it, also among equal values', () => {
    const random = seededRandom(3);
    for (let i = 0; i < 500; i++) {
      // Coarse values: many are equal, as peaks of memory are.
      const coarse = (values: number[]) => values.map((value) => Math.round(4 * value) / 4);
      const [a, b] = [coarse(samples(random, 8, i / 500)), coarse(samples(random, 7, 0))];
      const { p, intervalAt } = exactShift(a, b);
      for (const level of [0.05, 0.01, 0.01 / 6]) {
        const interval = intervalAt(level);
        expect(interval !== null && (interval.low > 0 || interval.high < 0)).toBe(p < level);
      }
    }
  });

  it('holds just the shifts that the test does not reject', () => {
    const random = seededRandom(4);
    const [a, b] = [samples(random, 9, 0.5), samples(random, 8, 0)];
    const { intervalAt } = exactShift(a, b);
    const interval = intervalAt(0.01) ?? { low: Number.NaN, high: Number.NaN };
    const pOf = (shift: number) =>
      mannWhitney(
        a.map((value) => value - shift),
        b,
      ).p;
    expect(pOf(interval.low + 1e-9)).toBeGreaterThanOrEqual(0.01);
    expect(pOf(interval.low - 1e-9)).toBeLessThan(0.01);
    expect(pOf(interval.high - 1e-9)).toBeGreaterThanOrEqual(0.01);
    expect(pOf(interval.high + 1e-9)).toBeLessThan(0.01);
  });

  it('is missing where so few values can reject nothing', () => {
    expect(exactShift([4, 5, 6], [1, 2, 3]).intervalAt(0.05)).toBeNull();
  });

  it('has the median difference as its centre', () => {
    expect(exactShift([1, 5], [0, 2]).center).toBe(2);
    expect(exactShift([1, 5, 9], [0]).center).toBe(5);
  });
});

it.each([
  [1, 5],
  [20, 8],
  [100, 9],
  [1000, 11],
])('with Holm over %i comparisons at 0.01 it takes %i runs a side to alarm at all', (comparisons, runs) => {
  expect(fewestForLevel(0.01 / comparisons)).toBe(runs);
});
