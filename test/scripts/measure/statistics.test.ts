import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../../../scripts/measure/distributions.ts';
import { noiseFloorOf } from '../../../scripts/measure/noise-floor.ts';
import { smallestDetectable } from '../../../scripts/measure/power.ts';
import { cliffsDelta, holm, mannWhitney } from '../../../scripts/measure/rank-tests.ts';
import { seededRandom, shuffle } from '../../../scripts/measure/seeded-random.ts';
import {
  bootstrapInterval,
  mean,
  modifiedZScores,
  percentileIsSupported,
  quantile,
  ratioInterval,
  standardDeviation,
  summarize,
} from '../../../scripts/measure/statistics.ts';
import { compareWith, fewestRuns } from '../../../scripts/measure/verdict.ts';

const named = { reference: 'asked for' } as const;

/** Normal deviates by the Box-Muller transform. */
function normals(count: number, center: number, spread: number, random: () => number): number[] {
  return Array.from(
    { length: count },
    () => center + spread * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

describe('a summary', () => {
  it('gives the sample deviation (n - 1) and the interpolated median', () => {
    expect(summarize([2, 4, 4, 4, 5, 5, 7, 9])).toMatchObject({ count: 8, mean: 5, median: 4.5, min: 2, max: 9 });
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it('of nothing does not exist, and of one value has neither deviation nor interval', () => {
    expect(summarize([])).toBeNull();
    expect(summarize([3])).toMatchObject({ stddev: null, interval: null });
  });

  it.each([
    { p: 0.25, expected: 1.75 },
    { p: 0.5, expected: 2.5 },
    { p: 0.9, expected: 3.7 },
  ])("takes quantile $p as R's type 7 does", ({ p, expected }) => {
    expect(quantile([1, 2, 3, 4], p)).toBeCloseTo(expected, 12);
  });

  it('supports a percentile only with five samples beyond it', () => {
    expect([99, 100].map((count) => percentileIsSupported(count, 0.95))).toEqual([false, true]);
    expect([499, 500].map((count) => percentileIsSupported(count, 0.99))).toEqual([false, true]);
  });
});

describe('the bootstrap', () => {
  it('repeats itself to the bit and needs three samples', () => {
    expect(bootstrapInterval([1, 2], mean)).toBeNull();
    expect(bootstrapInterval([1, 2, 3, 9], mean, 7)).toEqual(bootstrapInterval([1, 2, 3, 9], mean, 7));
  });

  it('covers the true mean of 30 normal deviates in about 95 of 100 samples', () => {
    const random = seededRandom(5);
    let covered = 0;
    for (let i = 0; i < 200; i++) {
      const interval = bootstrapInterval(normals(30, 100, 10, random), mean, i);
      if (interval !== null && interval.low <= 100 && interval.high >= 100) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.9);
    expect(covered / 200).toBeLessThan(0.985);
  });

  it('puts the ratio of two constants at their ratio', () => {
    expect(ratioInterval([6, 6, 6], [2, 2, 2])).toEqual({ low: 3, high: 3 });
  });
});

describe('Mann-Whitney', () => {
  // The first three by counting arrangements; the last is the example of R's wilcox.test page (0.1272 one-sided).
  it.each([
    { a: [1, 2, 3, 4, 5], b: [6, 7, 8, 9, 10], u: 0, p: 2 / 252 },
    { a: [1, 2, 3], b: [4, 5, 6], u: 0, p: 0.1 },
    { a: [1, 4, 6], b: [2, 3, 5, 7], u: 5, p: 0.8571428571428571 },
    {
      a: [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
      b: [1.15, 0.88, 0.9, 0.74, 1.21],
      u: 35,
      p: 0.2544122544122544,
    },
  ])('of $a and $b is exact without ties', ({ a, b, u, p }) => {
    const result = mannWhitney(a, b);
    expect(result.u).toBe(u);
    expect(result.p).toBeCloseTo(p, 10);
  });

  it('is exact with ties too, and calls equal samples equal', () => {
    expect(mannWhitney([1, 1, 1, 1], [1, 1, 1, 1]).p).toBe(1);
    // Two samples completely apart, all values tied within: 2 of the C(8, 4) = 70 ways are as extreme.
    expect(mannWhitney([1, 1, 1, 1], [2, 2, 2, 2]).p).toBeCloseTo(2 / 70, 12);
  });

  it('approximates large samples by the normal distribution', () => {
    const low = Array.from({ length: 25 }, (_, i) => i);
    // By hand: U = 0, sigma = sqrt(625 x 51 / 12) = 51.539, z = 312 / 51.539 = 6.0537, p = 2 x 7.08e-10.
    const { u, p } = mannWhitney(
      low,
      low.map((value) => value + 100),
    );
    expect(u).toBe(0);
    expect(p).toBeLessThan(1e-6);
    expect(
      mannWhitney(
        low,
        low.map((value) => value + 0.5),
      ).p,
    ).toBeGreaterThan(0.7);
  });

  it("is corrected over a family as R's p.adjust does it", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });

  it('comes with an effect size from -1 to 1', () => {
    expect(cliffsDelta([1, 2], [3, 4])).toBe(-1);
    expect(cliffsDelta([1, 2, 3], [1, 2, 3])).toBe(0);
  });
});

describe('outliers', () => {
  it('stand out by their modified z-score, computed by hand', () => {
    const scores = modifiedZScores([10, 11, 9, 10, 30]);
    expect(scores[4]).toBeCloseTo((0.6745 * 20) / 1, 10);
    expect(modifiedZScores([5, 5, 5])).toEqual([0, 0, 0]);
    // More than half are the same: 4 over 1.253314 x the mean deviation of 4 / 5.
    expect(modifiedZScores([5, 5, 5, 5, 9])[4]).toBeCloseTo(4 / (1.253314 * 0.8), 10);
  });
});

describe('the seed', () => {
  it('decides the order of a shuffle, and every element stays', () => {
    const items = Array.from({ length: 20 }, (_, i) => i);
    expect(shuffle(items, 42)).toEqual(shuffle(items, 42));
    expect(shuffle(items, 42)).not.toEqual(shuffle(items, 43));
    expect(shuffle(items, 42).toSorted((a, b) => a - b)).toEqual(items);
  });

  it('spreads evenly: every place is taken by every element about equally often', () => {
    const hits = new Array<number>(5).fill(0);
    for (let seed = 0; seed < 5000; seed++) hits[shuffle([0, 1, 2, 3, 4], seed).indexOf(0)] ??= 0;
    for (let seed = 0; seed < 5000; seed++) {
      const place = shuffle([0, 1, 2, 3, 4], seed).indexOf(0);
      hits[place] = (hits[place] ?? 0) + 1;
    }
    for (const count of hits) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });
});

describe('a verdict', () => {
  it('needs enough runs, and says how many', () => {
    expect(fewestRuns(1)).toBe(5);
    expect(compareWith([10, 11, 12], [[20, 21, 22]], named)[0]).toMatchObject({
      verdict: 'too few runs',
      runsNeeded: 5,
    });
  });

  it('sees a clear difference in the right direction', () => {
    const [slower, faster] = compareWith(
      [100, 101, 99, 100, 102, 98],
      [
        [80, 81, 79, 80, 82, 78],
        [120, 121, 119, 120, 122, 118],
      ],
      named,
    );
    expect(slower).toMatchObject({ verdict: 'lower', delta: -1 });
    expect(faster?.verdict).toBe('higher');
    expect(faster?.ratio).toBeCloseTo(1.2, 10);
  });

  it('ignores a difference below two percent or below the noise of the machine', () => {
    const reference = [100, 100.1, 99.9, 100.05, 99.95, 100.02];
    const slightly = reference.map((value) => value * 1.015);
    expect(compareWith(reference, [slightly], named)[0]?.verdict).toBe('no detectable difference');
    const clearly = reference.map((value) => value * 1.1);
    expect(compareWith(reference, [clearly], { ...named, noiseFloor: 0.15 })[0]?.verdict).toBe(
      'no detectable difference',
    );
    expect(compareWith(reference, [clearly], { ...named, noiseFloor: 0.05 })[0]?.verdict).toBe('higher');
  });

  it('corrects over all pairs where the results themselves chose the reference', () => {
    const samples = [
      [90, 91, 92, 93, 94, 95],
      [80, 81, 82, 83, 84, 85],
    ];
    const reference = [100, 101, 102, 103, 104, 105];
    // Complete separation of 6 and 6: p = 2 / 924, times 2 comparisons or 3 pairs.
    expect(compareWith(reference, samples, named)[0]?.p).toBeCloseTo(4 / 924, 12);
    expect(compareWith(reference, samples, { reference: 'chosen by its result' })[0]?.p).toBeCloseTo(6 / 924, 12);
  });

  it('states a detectable effect that shrinks with the square root of the runs', () => {
    const spread = (count: number) => Array.from({ length: count }, (_, i) => 100 + (i % 2 === 0 ? 5 : -5));
    const [few, many] = [10, 40].map((count) => smallestDetectable(spread(count), spread(count), 0.01, 0));
    expect((few ?? 0) / (many ?? 1)).toBeCloseTo(2, 0);
    expect(smallestDetectable([1, 2, 3], [1, 2, 3], 0.01, 0)).toBeNull();
  });

  it('has a noise floor: the largest difference between every second run and those between them', () => {
    expect(
      noiseFloorOf([
        [100, 100, 100, 100],
        [100, 110, 100, 110],
        [100, 200, 100],
      ])?.share,
    ).toBeCloseTo(1 - 100 / 110, 10);
    expect(noiseFloorOf([[100, 200, 100]])).toBeNull();
  });

  it.each([
    [0.975, 1.959963985],
    [0.995, 2.575829304],
    [0.8, 0.841621234],
    [0.001, -3.090232306],
  ])('uses the normal quantile of %f from the tables', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 7);
  });
});
