import { describe, expect, it } from 'vitest';
import { trend } from '../../../scripts/statistics/monotonic-trend.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';

describe("Mann-Kendall's test", () => {
  it.each([
    // Upper tail probabilities of Kendall's S, Hollander and Wolfe 1973, table A.21, twice.
    { values: [1, 2, 3, 4], p: 2 * 0.042 },
    { values: [1, 2, 3, 4, 5], p: 2 * 0.0083 },
    { values: [5, 4, 3, 2, 1], p: 2 * 0.0083 },
    // Five inversions of 28 pairs: S = 18.
    { values: [3, 1, 2, 4, 5, 8, 7, 6], p: 2 * 0.0156 },
  ])('gives the tabled probability of $values', ({ values, p }) => {
    expect(trend(values)?.p).toBeCloseTo(p, 2);
  });

  it('sounds false alarms as often as it says: one in a hundred', () => {
    const random = seededRandom(3);
    const runs = 2000;
    let alarms = 0;
    for (let run = 0; run < runs; run++) {
      const found = trend(Array.from({ length: 26 }, () => random()));
      if (found !== null && found.p < 0.01) alarms++;
    }
    expect(alarms / runs).toBeGreaterThan(0.003);
    expect(alarms / runs).toBeLessThan(0.018);
  });

  it('finds the change from first to last along the median slope, whatever one value does', () => {
    const rising = Array.from({ length: 21 }, (_, i) => 100 * 1.01 ** i);
    expect(trend(rising)?.change).toBeCloseTo(1.01 ** 20 - 1, 6);
    const withOutlier = rising.with(20, 9999);
    expect(trend(withOutlier)?.change).toBeCloseTo(1.01 ** 20 - 1, 6);
    expect(trend(rising.toReversed())?.change).toBeCloseTo(1.01 ** -20 - 1, 6);
  });

  it('finds a trend in many rounds, and none in equal ones', () => {
    const random = seededRandom(5);
    const many = Array.from({ length: 400 }, (_, i) => 10 + random() + i / 400);
    expect(trend(many)?.p).toBeLessThan(1e-6);
    expect(trend(new Array(30).fill(7))).toEqual({ p: 1, change: 0 });
    expect(trend([1, 2, 3])).toBeNull();
  });
});
