import { describe, expect, it } from 'vitest';
import { whyNoDifference } from '../../../scripts/log/statistics-text.ts';
import { normalQuantile } from '../../../scripts/statistics/distributions.ts';
import { exactShift } from '../../../scripts/statistics/exact-shift.ts';
import type { Sample } from '../../../scripts/statistics/log-ratio.ts';
import { holm } from '../../../scripts/statistics/multiple-tests.ts';
import { seededRandom, shuffle } from '../../../scripts/statistics/seeded-random.ts';
import {
  centerInterval,
  modifiedZScores,
  percentileIsSupported,
  quantile,
  standardDeviation,
  summarize,
} from '../../../scripts/statistics/statistics.ts';
import { compareWith, smallestDetectable } from '../../../scripts/statistics/verdict.ts';
import { apart, inRounds } from '../../fakes/samples.ts';

const named = { reference: 'asked for' } as const;

describe('a summary', () => {
  it('gives the sample deviation (n - 1) and the interpolated median', () => {
    expect(summarize([2, 4, 4, 4, 5, 5, 7, 9])).toMatchObject({ count: 8, mean: 5, median: 4.5, min: 2, max: 9 });
    expect(summarize([2, 4, 4, 4, 5, 5, 7, 9])?.center).toBeCloseTo((2 * 4 ** 3 * 5 ** 2 * 7 * 9) ** (1 / 8), 12);
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

describe('the interval of a centre', () => {
  it('needs three samples', () => {
    expect(centerInterval([1, 2])).toBeNull();
  });

  it("is Student's over the logarithms, computed by hand", () => {
    // ln of 100, 110, 121: mean 4.70048, deviation ln 1.1; 4.302653 x 0.0953102 / sqrt 3 = 0.236762.
    const { low, high } = centerInterval([100, 110, 121]) ?? { low: Number.NaN, high: Number.NaN };
    expect(low).toBeCloseTo(110 * Math.exp(-0.236762), 3);
    expect(high).toBeCloseTo(110 * Math.exp(0.236762), 3);
  });

  it('of a rate and of its time per token are reciprocal', () => {
    const rates = [97, 103, 110, 90.5];
    const ofRates = centerInterval(rates);
    const ofTimes = centerInterval(rates.map((rate) => 1000 / rate));
    expect(1000 / (ofRates?.low ?? 0)).toBeCloseTo(ofTimes?.high ?? 0, 10);
    expect(1000 / (summarize(rates)?.center ?? 0)).toBeCloseTo(
      summarize(rates.map((rate) => 1000 / rate))?.center ?? 0,
      10,
    );
  });

  it('of counts with a nought among them is over the counts', () => {
    // Mean 2, deviation 2, three of them: 4.302653 x 2 / sqrt 3.
    expect(summarize([0, 2, 4])?.center).toBe(2);
    expect(centerInterval([0, 2, 4])?.high).toBeCloseTo(2 + 4.968275, 5);
  });
});

describe('Mann-Whitney', () => {
  // The first three by counting arrangements; the last is the example of R's wilcox.test page (0.1272 one-sided).
  it.each([
    { a: [1, 2, 3, 4, 5], b: [6, 7, 8, 9, 10], p: 2 / 252 },
    { a: [1, 2, 3], b: [4, 5, 6], p: 0.1 },
    { a: [1, 4, 6], b: [2, 3, 5, 7], p: 0.8571428571428571 },
    {
      a: [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
      b: [1.15, 0.88, 0.9, 0.74, 1.21],
      p: 0.2544122544122544,
    },
  ])('of $a and $b is exact without ties', ({ a, b, p }) => {
    expect(exactShift(a, b).p).toBeCloseTo(p, 10);
  });

  it("is corrected over a family as R's p.adjust does it", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
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
  const steady = [100, 101, 99, 100, 102, 98];

  it('needs six rounds, and says how many', () => {
    const found = compareWith(inRounds([10, 11, 12]), [inRounds([20, 21, 22])], named)[0];
    expect(found).toMatchObject({ verdict: 'too few runs', roundsNeeded: 6, count: 3 });
    expect(compareWith(inRounds([10]), [inRounds([20])], named)[0]).toMatchObject({ interval: null, roundsNeeded: 6 });
  });

  it('sees a clear difference in the right direction', () => {
    const scaled = (by: number) => inRounds(steady.map((value) => value * by));
    const [slower, faster] = compareWith(inRounds(steady.toReversed()), [scaled(0.8), scaled(1.2)], named);
    expect(slower).toMatchObject({ verdict: 'lower', method: 'paired t', count: 6 });
    expect(faster?.verdict).toBe('higher');
    expect(faster?.ratio).toBeCloseTo(1.2, 10);
  });

  it('is about ratios of geometric means: those of rates and of times are reciprocal, with all that belongs to them', () => {
    const [a, b] = [steady.map((value, i) => value * 1.05 + i), steady.toReversed()];
    const times = (rates: readonly number[]) => inRounds(rates.map((rate) => 1000 / rate));
    const [ofRates] = compareWith(inRounds(b), [inRounds(a)], named);
    const [ofTimes] = compareWith(times(b), [times(a)], named);
    expect(ofRates?.ratio).toBeCloseTo((summarize(a)?.center ?? 0) / (summarize(b)?.center ?? 1), 12);
    expect(1 / (ofTimes?.ratio ?? 0)).toBeCloseTo(ofRates?.ratio ?? 0, 12);
    expect(1 / (ofTimes?.interval?.high ?? 0)).toBeCloseTo(ofRates?.interval?.low ?? 0, 12);
    expect(ofTimes?.p).toBeCloseTo(ofRates?.p ?? 0, 12);
    expect(ofTimes?.smallestDetectable).toBeCloseTo(ofRates?.smallestDetectable ?? 0, 12);
  });

  it('compares within rounds, however much they differ', () => {
    const rounds = [100, 60, 140, 90, 75, 120];
    const faster = rounds.map((value, i) => value * (1.05 + 0.002 * (i % 3)));
    expect(compareWith(inRounds(rounds), [inRounds(faster)], named)[0]?.verdict).toBe('higher');
    expect(compareWith(apart(rounds), [apart(faster)], named)[0]).toMatchObject({
      method: "Welch's t",
      verdict: 'no detectable difference',
    });
  });

  it('takes rounds of two sessions, and never a session against another one as if its runs were independent', () => {
    const [first, second] = ['s', 't'].map((session) => inRounds(steady, session)) as [Sample[], Sample[]];
    const faster = (samples: readonly Sample[]) => samples.map((one) => ({ ...one, value: one.value * 1.1 }));
    expect(compareWith([...first, ...second], [[...faster(first), ...faster(second)]], named)[0]?.count).toBe(12);
    expect(compareWith(first, [faster(second)], named)[0]).toMatchObject({ verdict: 'too few runs', count: 1 });
  });

  it('ignores a difference below two percent or below the noise of the machine', () => {
    const reference = [100, 100.1, 99.9, 100.05, 99.95, 100.02];
    const times = (by: number) => [inRounds(reference.map((value, i) => value * by * (1 + i / 1e5)))];
    const verdictOf = (by: number, noiseFloor = 0) =>
      compareWith(inRounds(reference), times(by), { ...named, noiseFloor })[0]?.verdict;
    expect(verdictOf(1.015)).toBe('no detectable difference');
    expect(verdictOf(1.1, 0.15)).toBe('no detectable difference');
    expect(verdictOf(1.1, 0.05)).toBe('higher');
    // The same effect, the other way round: |ln ratio| has no better side.
    expect(verdictOf(1 / 1.049, 0.05)).toBe('no detectable difference');
    expect(verdictOf(1 / 1.051, 0.05)).toBe('lower');
  });

  it('says which of its hurdles a difference did not take, where its interval excludes 1', () => {
    const interval = { low: 1.01, high: 1.019 };
    expect(whyNoDifference({ interval, p: 0.031 })).toMatch(/a p-value below 0\.01, .* here it is 0\.031\.$/);
    expect(whyNoDifference({ interval, p: 0.001 })).toMatch(
      /a difference above 2 % and above the noise of this machine/,
    );
    expect(whyNoDifference({ interval: { low: 0.99, high: 1.019 }, p: 0.2 })).toBe('');
    expect(whyNoDifference({ interval: null, p: 1 })).toBe('');
  });

  it('corrects over all pairs where the results themselves chose the reference', () => {
    const samples = [
      steady.map((value) => value * 0.97),
      steady.map((value, i) => value * (1 + 0.02 * ((i % 3) - 1))),
    ].map((each) => inRounds(each));
    const reference = inRounds(steady.toReversed());
    const [alone] = compareWith(reference, samples.slice(0, 1), named);
    const [two] = compareWith(reference, samples, named);
    const [all] = compareWith(reference, samples, { reference: 'chosen by its result' });
    expect(two?.p).toBeCloseTo(2 * (alone?.p ?? 0), 12);
    expect(all?.p).toBeCloseTo(3 * (alone?.p ?? 0), 12);
  });

  it('is never contradicted by its interval: p is below 0.05 where that excludes 1, whatever the test', () => {
    const random = seededRandom(11);
    for (const count of [3, 6, 14, 15, 24]) {
      for (let i = 0; i < 60; i++) {
        const values = (by: number) =>
          Array.from({ length: count }, () => 100 * by * Math.exp(0.05 * (random() - 0.5)));
        for (const placed of [inRounds, apart]) {
          const [found] = compareWith(placed(values(1)), [placed(values(1 + 0.04 * random()))], named);
          const excludes =
            found !== undefined && found.interval !== null && (found.interval.low > 1 || found.interval.high < 1);
          expect(found !== undefined && found.p < 0.05).toBe(excludes);
        }
      }
    }
  });

  it('is not taken away by one disturbed round in twenty', () => {
    const rounds = Array.from({ length: 20 }, (_, i) => 100 + ((i * 7) % 5) / 2);
    const faster = rounds.map((value, i) => value * (i === 9 ? 0.7 : 1.06 + ((i * 3) % 4) / 500));
    expect(compareWith(inRounds(rounds), [inRounds(faster)], named)[0]).toMatchObject({
      method: 'signed rank',
      verdict: 'higher',
    });
  });

  it('says how many rounds would find a difference as large as the one that is seen', () => {
    const noisy = [1.08, 0.99, 1.12, 0.98, 1.06, 1.07, 1, 1.1];
    const level = noisy.map(() => 100);
    const [found] = compareWith(inRounds(level), [inRounds(noisy.map((by) => 100 * by))], named);
    expect(found?.verdict).toBe('no detectable difference');
    const needed = found?.roundsNeeded ?? 0;
    expect(needed).toBeGreaterThan(8);
    const more = Array.from({ length: Math.ceil(needed / 8) }, () => noisy).flat();
    const [again] = compareWith(inRounds(more.map(() => 100)), [inRounds(more.map((by) => 100 * by))], named);
    expect(again?.verdict).toBe('higher');
  });

  it('states a detectable effect that shrinks with the square root of the runs', () => {
    const detectable = (count: number) =>
      smallestDetectable(
        { standardError: 0.05 / Math.sqrt(count), degrees: count - 1 },
        { floor: 0, significance: 0.01 },
      );
    expect((detectable(100) ?? 0) / (detectable(400) ?? 1)).toBeCloseTo(2, 1);
    expect(smallestDetectable({ standardError: null, degrees: 1 }, { floor: 0, significance: 0.01 })).toBeNull();
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
