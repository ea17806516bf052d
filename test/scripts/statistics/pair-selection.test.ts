import { describe, expect, it } from 'vitest';
import { pairMeanOfRank } from '../../../scripts/statistics/pair-selection.ts';
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

it('ten thousand pairs have a Hodges-Lehmann estimate with an interval, though fifty million means have to be ranked', () => {
  const random = seededRandom(5);
  // Uniform around 0.3, so that the standard error is 0.01 / sqrt(12 * 10,000).
  const differences = Array.from({ length: 10_000 }, () => 0.3 + (random() - 0.5) * 0.01);
  const { center, low, high } = hodgesLehmannOfPairs(differences);
  expect(Math.abs(center - 0.3)).toBeLessThan(1e-4);
  expect(high - low).toBeGreaterThan(2 * 1.96 * (0.01 / Math.sqrt(12 * 10_000)) * 0.9);
  expect(high - low).toBeLessThan(2 * 1.96 * (0.01 / Math.sqrt(12 * 10_000)) * 1.1);
});
