import { describe, expect, it } from 'vitest';
import { changePoint, rankSumTail, strongestSplit } from '../../../scripts/statistics/change-point.ts';
import { medianInterval } from '../../../scripts/statistics/median-interval.ts';
import { theilSen } from '../../../scripts/statistics/monotonic-trend.ts';
import { movementOf } from '../../../scripts/statistics/movement.ts';
import { benjaminiHochberg } from '../../../scripts/statistics/multiple-tests.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { medianInPlace } from '../../../scripts/statistics/selection.ts';
import { shapes } from '../../fakes/simulated-sessions.ts';
import { mannWhitney } from './mid-rank-test.ts';

function normals(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => shapes.normal(random));
}

describe('the strongest split', () => {
  it('of ten values is the one in the middle, with the p-value of Mann and Whitney', () => {
    const values = [1, 4, 2, 6, 3, 8, 5, 10, 9, 7];
    const exact = mannWhitney(values.slice(0, 5), values.slice(5)).p;
    const found = changePoint(values, 1);
    expect(found?.at).toBe(5);
    expect(found?.settledBy).toBe('permutations');
    // Ten exceedances know their share to a third.
    expect(found?.p).toBeGreaterThan(exact / 2.5);
    expect(found?.p).toBeLessThan(exact * 2.5);
  });

  it.each([40, 160])('before value %i of 200 is found there, in both directions', (at) => {
    const up = normals(200, 3).map((value, i) => (i < at ? value : value + 6));
    expect(changePoint(up, 1)).toMatchObject({ at });
    expect(changePoint(up, 1)?.z).toBeLessThan(-5);
    expect(
      changePoint(
        up.map((value) => -value),
        1,
      ),
    ).toMatchObject({ at });
  });

  it('is none of fewer than ten values, or of equal ones', () => {
    expect(strongestSplit([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBeNull();
    expect(strongestSplit(new Array(50).fill(7))).toBeNull();
  });

  it('is moved by no spike', () => {
    const values = normals(100, 5).with(70, 1e6);
    expect(changePoint(values, 1)?.p).toBeGreaterThan(0.05);
  });

  it('has a p-value that is as often below a level as the level says', () => {
    const values = Array.from({ length: 2000 }, (_, i) => changePoint(normals(40, i), i)?.p ?? 1);
    for (const level of [0.01, 0.05, 0.2]) {
      const share = values.filter((p) => p <= level).length / values.length;
      expect(Math.abs(share - level)).toBeLessThan(4 * Math.sqrt((level * (1 - level)) / values.length));
    }
  });

  it('goes on drawing where the p-value is small, and settles a clear one without', () => {
    const quiet = changePoint(normals(100, 11), 1);
    expect(quiet?.permutations).toBeLessThan(1000);
    const step = (height: number) => normals(100, 11).map((value, i) => value + (i < 50 ? 0 : height));
    const slight = changePoint(step(1.1), 1);
    expect(slight?.permutations).toBeGreaterThan(1000);
    expect(slight?.p).toBeLessThan(0.01);
    expect(changePoint(step(3), 1)).toMatchObject({ settledBy: 'bound', permutations: 0 });
    expect(changePoint(step(3), 1)?.p).toBeLessThan(1e-5);
  });
});

describe('the bound of the tail of a rank sum', () => {
  // The whole first sample below the second: one of C(m + n, m) orders, on each side.
  it.each([
    [5, 5],
    [8, 12],
    [20, 20],
    [3, 17],
  ])('of %i and %i values lies above the exact tail, and not far', (m, n) => {
    const first = Array.from({ length: m }, (_, i) => i);
    for (let shift = 1; shift < m + n; shift += 3) {
      const second = Array.from({ length: n }, (_, i) => i + shift - 0.5);
      const { u, p } = mannWhitney(first, second);
      const bound = 2 * rankSumTail(m, n, Math.abs(u - (m * n) / 2));
      expect(bound).toBeGreaterThanOrEqual(p * (1 - 1e-9));
      expect(bound).toBeLessThan(30 * p);
    }
  });

  it('holds with ties', () => {
    const [a, b] = [
      [1, 1, 1, 2, 2, 2, 2, 2],
      [2, 2, 3, 3, 3, 3, 3, 3],
    ];
    const { u, p } = mannWhitney(a ?? [], b ?? []);
    expect(2 * rankSumTail(8, 8, Math.abs(u - 32))).toBeGreaterThan(p);
  });

  it.each([30, 101, 200])('is largest in the middle of %i values, for the same distance in deviations', (total) => {
    for (const z of [4, 5, 6]) {
      const at = (m: number) => rankSumTail(m, total - m, z * Math.sqrt((m * (total - m) * (total + 1)) / 12));
      const middle = at(Math.floor(total / 2));
      for (let m = 5; m < total / 2; m += 3) expect(at(m)).toBeLessThanOrEqual(middle * (1 + 1e-6));
    }
  });
});

describe('a movement', () => {
  const noise = normals(120, 21);

  it('at once is a step, little by little a drift', () => {
    const step = movementOf(
      Float64Array.from(noise, (value, i) => value + (i < 70 ? 0 : 3)),
      1,
    );
    expect(step).toMatchObject({ kind: 'step', step: { at: 70 } });
    const drift = movementOf(
      Float64Array.from(noise, (value, i) => value + i / 20),
      1,
    );
    expect(drift?.kind).toBe('drift');
    expect(drift?.p).toBeLessThan(1e-6);
  });

  it('up a staircase is steps, though a line fits it better than a single one', () => {
    const stairs = Float64Array.from(noise, (value, i) => value + 6 * Math.floor(i / 40));
    expect(movementOf(stairs, 1)?.kind).toBe('step');
  });
});

it('the correction after Benjamini and Hochberg is that of their example', () => {
  // Table 1 of their paper: of fifteen p-values, four are rejected at 0.05.
  const p = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];
  expect(benjaminiHochberg(p).filter((each) => each <= 0.05)).toHaveLength(4);
  const adjusted = benjaminiHochberg([0.03, 0.01, 0.02]);
  for (const each of adjusted) expect(each).toBeCloseTo(0.03, 12);
});

it.each([1, 2, 5, 50, 1001])('the median of %i values is found without sorting them', (count) => {
  const values = normals(count, count).map((value) => Math.round(value * 10));
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[Math.floor((count - 1) / 2)], sorted[Math.floor(count / 2)]];
  expect(medianInPlace(Float64Array.from(values))).toBe((low + high) / 2);
});

it.each([100, 501, 1000])('the median slope of %i values on a line with noise is that of the line', (count) => {
  const line = normals(count, 8).map((value, i) => value + 0.5 * i);
  expect(theilSen(line)).toBeCloseTo(0.5, 2);
});

it('the interval of a median covers it as often as it says, from six values on', () => {
  expect(medianInterval([1, 2, 3, 4, 5])).toBeNull();
  expect(medianInterval([6, 5, 4, 3, 2, 1])).toEqual({ low: 1, high: 6 });
  const covered = Array.from({ length: 2000 }, (_, i) => medianInterval(normals(20, i))).filter(
    (interval) => interval !== null && interval.low <= 0 && interval.high >= 0,
  );
  // Ranks 6 and 15 of 20: 95.9 %.
  expect(covered.length / 2000).toBeGreaterThan(0.945);
  expect(covered.length / 2000).toBeLessThan(0.973);
});
