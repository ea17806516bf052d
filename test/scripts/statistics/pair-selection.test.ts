import { describe, expect, it } from 'vitest';
import { exactShift } from '../../../scripts/statistics/exact-shift.ts';
import { differenceOfRank, differencesBelow, pairMeanOfRank } from '../../../scripts/statistics/pair-selection.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { hodgesLehmannOfPairs } from '../../../scripts/statistics/signed-rank.ts';

/** All of them, sorted: what the selection must agree with. */
function pairMeans(values: Float64Array): number[] {
  return [...values]
    .flatMap((one, i) => [...values.subarray(i)].map((other) => (one + other) / 2))
    .sort((a, b) => a - b);
}

const drawn = (length: number, of: (random: number) => number) => {
  const random = seededRandom(length);
  return Float64Array.from({ length }, () => of(random())).sort();
};

describe('the mean of a rank among all pairs', () => {
  it.each([
    { name: 'few values', values: Float64Array.of(1, 2, 4) },
    { name: 'one value', values: Float64Array.of(3) },
    { name: 'values that are all equal', values: new Float64Array(30).fill(0.1) },
    { name: 'values with many ties', values: drawn(40, (random) => Math.floor(random * 4)) },
    { name: 'values without ties', values: drawn(40, (random) => Math.log(random + 0.01)) },
  ])('is what sorting gives, at every rank, of $name', ({ values }) => {
    const sorted = pairMeans(values);
    expect(sorted.map((_, rank) => pairMeanOfRank(values, rank))).toEqual(sorted);
  });

  it('is the middle of two million pairs to the last digit', () => {
    const values = drawn(2000, (random) => Math.log(0.5 + random));
    const sorted = Float64Array.from(pairMeans(values));
    const middle = (sorted.length - 1) / 2;
    expect([Math.floor(middle), Math.ceil(middle)].map((rank) => pairMeanOfRank(values, rank))).toEqual([
      sorted[Math.floor(middle)],
      sorted[Math.ceil(middle)],
    ]);
  });
});

describe('differences of two samples', () => {
  it.each([
    { name: 'without ties', of: (random: number) => Math.log(random + 0.01) },
    { name: 'with many ties', of: (random: number) => Math.floor(random * 4) },
  ])('have at every rank what sorting gives, and as many below 0, $name', ({ of }) => {
    const [a, b] = [drawn(30, of), drawn(23, (random) => of(1 - random))];
    const sorted = [...a].flatMap((x) => [...b].map((y) => x - y)).sort((x, y) => x - y);
    expect(sorted.map((_, rank) => differenceOfRank(a, b, rank))).toEqual(sorted);
    expect(differencesBelow(a, b, 0, false)).toBe(sorted.filter((each) => each < 0).length);
    expect(differencesBelow(a, b, 0, true)).toBe(sorted.filter((each) => each <= 0).length);
  });

  it('have a centre and an interval though there are twenty-five million', () => {
    const random = seededRandom(9);
    const sample = (shift: number) => Array.from({ length: 5000 }, () => shift + (random() - 0.5) * 0.01);
    const shift = exactShift(sample(0.2), sample(0));
    // Uniform: the standard error of the shift is 0.01 * sqrt(2 / (12 * 5000)).
    const error = 0.01 * Math.sqrt(2 / (12 * 5000));
    expect(Math.abs(shift.center - 0.2)).toBeLessThan(4 * error);
    const { low, high } = shift.intervalAt(0.05) ?? { low: 0, high: 0 };
    expect((high - low) / (2 * 1.96 * error)).toBeGreaterThan(0.9);
    expect((high - low) / (2 * 1.96 * error)).toBeLessThan(1.1);
    expect(shift.p).toBeLessThan(1e-9);
  });
});

it('ten thousand pairs have a Hodges-Lehmann estimate with an interval, though fifty million means have to be ranked', () => {
  const random = seededRandom(5);
  // Uniform around 0.3, so that the standard error is 0.01 / sqrt(12 * 10,000).
  const differences = Array.from({ length: 10_000 }, () => 0.3 + (random() - 0.5) * 0.01);
  const { center, low, high } = hodgesLehmannOfPairs(differences);
  expect(Math.abs(center - 0.3)).toBeLessThan(1e-4);
  expect(high - low).toBeGreaterThan(2 * 1.96 * (0.01 / Math.sqrt(12 * 10_000)) * 0.9);
  expect(high - low).toBeLessThan(2 * 1.96 * (0.01 / Math.sqrt(12 * 10_000)) * 1.1);
});
