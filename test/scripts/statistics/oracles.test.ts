/**
 * The statistics against oracles that share no code with them: published tables, SciPy 1.17.1 (its figures are written
 * here; tests run without it), enumeration of every case, and permutation.
 */
import { describe, expect, it } from 'vitest';
import {
  normalQuantile,
  normalTail,
  studentQuantile,
  studentTails,
} from '../../../scripts/statistics/distributions.ts';
import { exactShift } from '../../../scripts/statistics/exact-shift.ts';
import { ratioOfTwo } from '../../../scripts/statistics/log-ratio.ts';
import { holm } from '../../../scripts/statistics/multiple-tests.ts';
import { shuffle } from '../../../scripts/statistics/seeded-random.ts';
import { hodgesLehmannOfPairs, signedRank } from '../../../scripts/statistics/signed-rank.ts';
import { mean, modifiedZScores, quantile, standardDeviation } from '../../../scripts/statistics/statistics.ts';
import { mannWhitney } from './mid-rank-test.ts';

const a = [112.4, 110.9, 113.8, 111.7, 115.2, 109.6, 112.9, 114.1];
const b = [108.3, 111.1, 107.9, 109.4, 110.2, 106.8, 109.9];

/** All ways to choose `size` of the values. */
function choices(values: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return values.flatMap((value, i) => choices(values.slice(i + 1), size - 1).map((rest) => [value, ...rest]));
}

/** U by its definition: pairs won, a tie counting half. */
function pairsWon(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, one) => sum + y.reduce((won, other) => won + (Math.sign(one - other) + 1) / 2, 0), 0);
}

const places = (count: number) => Array.from({ length: count }, (_, i) => i);

/** As many values as there are places, which win so many of the pairs with them; none are equal. */
function winning(pairs: number, count: number): number[] {
  return places(count).map((i) => Math.floor(pairs / count) + (i < pairs % count ? 1 : 0) - 0.5);
}

describe('Mann-Whitney', () => {
  // scipy.stats.mannwhitneyu(a, b, method=...): statistic and pvalue.
  const spread = (count: number, from: number, step: number, modulus: number, unit: number) =>
    Array.from({ length: count }, (_, i) => from + ((i * step) % modulus) * unit);
  it.each([
    { what: 'exact, 8 against 7', x: a, y: b, u: 52, p: 0.0037296037296037296 },
    {
      what: 'normal, 25 against 24',
      x: spread(25, 100, 37, 29, 0.7),
      y: spread(24, 103, 41, 31, 0.6),
      u: 219,
      p: 0.10737992354098973,
    },
    {
      what: 'normal, with ties',
      x: spread(25, 0, 37, 9, 1),
      y: spread(24, 0, 41, 11, 1),
      u: 235.5,
      p: 0.19839065918644705,
    },
  ])('is what SciPy says: $what', ({ x, y, u, p }) => {
    const result = mannWhitney(x, y);
    expect(result.u).toBe(u);
    expect(Math.abs(result.p - p)).toBeLessThan(3e-7);
  });

  it.each([
    { x: [1, 2, 2, 5], y: [2, 3, 5, 5, 6] },
    { x: [3.1, 3.1, 4.7], y: [1.2, 3.1, 4.7, 8.8] },
    { x: [10, 12, 11, 14, 13], y: [9, 8, 11.5, 7, 6] },
  ])('is what dealing out $x and $y in every way gives, ties included', ({ x, y }) => {
    const indices = [...x, ...y].map((_, i) => i);
    const all = [...x, ...y];
    const centre = (x.length * y.length) / 2;
    const observed = Math.abs(pairsWon(x, y) - centre);
    const deals = choices(indices, x.length).map((chosen) => {
      const first = chosen.map((i) => all[i] ?? Number.NaN);
      const second = indices.filter((i) => !chosen.includes(i)).map((i) => all[i] ?? Number.NaN);
      return Math.abs(pairsWon(first, second) - centre);
    });
    const extreme = deals.filter((distance) => distance >= observed - 1e-9).length;
    expect(mannWhitney(x, y)).toMatchObject({ u: pairsWon(x, y) });
    expect(mannWhitney(x, y).p).toBeCloseTo(extreme / deals.length, 12);
  });

  it('is what a permutation test of 20,000 shuffles comes near to', () => {
    const all = [...a, ...b];
    const centre = (a.length * b.length) / 2;
    const observed = Math.abs(pairsWon(a, b) - centre);
    let extreme = 0;
    for (let seed = 0; seed < 20_000; seed++) {
      const dealt = shuffle(all, seed);
      if (Math.abs(pairsWon(dealt.slice(0, a.length), dealt.slice(a.length)) - centre) >= observed - 1e-9) extreme++;
    }
    // Four standard errors of a share of 0.0037.
    expect(Math.abs(extreme / 20_000 - mannWhitney(a, b).p)).toBeLessThan(0.0017);
  });

  // The table of critical values for two-tailed tests at 0.05, samples of equal size, as textbooks print it (Siegel 1956).
  it.each([
    [5, 2],
    [6, 5],
    [7, 8],
    [8, 13],
    [9, 17],
    [10, 23],
    [11, 30],
    [12, 37],
    [13, 45],
    [14, 55],
    [15, 64],
    [16, 75],
    [17, 87],
    [18, 99],
    [19, 113],
    [20, 127],
  ])('has the critical value of the tables for %i samples a side: %i', (n, critical) => {
    const p = (u: number) => exactShift(winning(u, n), places(n)).p;
    expect([p(n * n - critical) < 0.05, p(n * n - critical - 1) < 0.05]).toEqual([true, false]);
  });

  it('has no critical value where even complete separation is not rare enough', () => {
    expect(exactShift(winning(16, 4), places(4)).intervalAt(0.01)).toBeNull();
    expect(exactShift(winning(25, 5), places(5)).p).toBeLessThan(0.01);
    expect(exactShift(winning(24, 5), places(5)).p).toBeGreaterThan(0.01);
  });
});

describe('the other figures of a comparison', () => {
  it("gives Holm's example: adjusted p-values by the step-down rule, worked out by hand", () => {
    // Sorted 0.005, 0.011, 0.02, 0.04 times 4, 3, 2, 1: 0.02, 0.033, 0.04, 0.04.
    const adjusted = holm([0.02, 0.005, 0.04, 0.011]);
    [0.04, 0.02, 0.04, 0.033].forEach((p, i) => {
      expect(adjusted[i]).toBeCloseTo(p, 12);
    });
  });

  it('has the modified z-scores of SciPy: 0.6745 (x - median) / median_abs_deviation(x)', () => {
    const scores = modifiedZScores([...a, 140]);
    [-0.281041666666666, -1.124166666666664, 0.505874999999994].forEach((z, i) => {
      expect(scores[i]).toBeCloseTo(z, 9);
    });
    expect(scores[8]).toBeCloseTo(15.232458333333293, 9);
  });

  it('has the quantiles and the deviation of NumPy', () => {
    const sorted = a.toSorted((x, y) => x - y);
    [110.51, 111.5, 112.65, 114.43, 114.815].forEach((value, i) => {
      expect(quantile(sorted, [0.1, 0.25, 0.5, 0.9, 0.95][i] ?? 0)).toBeCloseTo(value, 9);
    });
    expect(standardDeviation(a)).toBeCloseTo(1.823458252881047, 12);
  });
});

describe('the distributions', () => {
  // Any table of Student's t; the last digits from scipy.stats.t.ppf.
  it.each([
    [1, 12.706204736174694, 63.656741162871526],
    [2, 4.302652729749462, 9.924843200918287],
    [4, 2.7764451051977934, 4.604094871349992],
    [7, 2.364624251592784, 3.4994832973504924],
    [18, 2.1009220402410382, 2.8784404727386077],
    [100, 1.9839715185235518, 2.6258905214380173],
  ])("have the 97.5 and 99.5 % points of Student's t with %i degrees of freedom", (degrees, middle, far) => {
    expect(studentQuantile(0.975, degrees)).toBeCloseTo(middle, 8);
    expect(studentQuantile(0.995, degrees)).toBeCloseTo(far, 8);
    expect(studentTails(far, degrees)).toBeCloseTo(0.01, 12);
  });

  it.each([
    [0.5, 0.30853754],
    [1, 0.15865525],
    [2, 0.02275013],
    [3, 0.0013499],
  ])('have the normal tail beyond %f', (z, tail) => {
    expect(Math.abs(normalTail(z) - tail)).toBeLessThan(2e-7);
    expect(normalQuantile(1 - tail)).toBeCloseTo(z, 4);
  });
});

describe('the signed-rank test', () => {
  // The table of critical values for two-tailed tests at 0.05 and 0.01, as textbooks print it (Wilcoxon 1945).
  it.each([
    [6, 0, null],
    [7, 2, null],
    [8, 3, 0],
    [9, 5, 1],
    [10, 8, 3],
    [12, 13, 7],
    [15, 25, 15],
    [20, 52, 37],
    [25, 89, 68],
  ])('has the critical values of the tables for %i pairs: %i and %s', (n, at5, at1) => {
    // As many of the smallest ranks against the others as make up the sum.
    const p = (sum: number) => {
      let left = sum;
      const signs = Array.from({ length: n }, (_, i) => n - i).map((rank) => {
        if (rank > left) return rank;
        left -= rank;
        return -rank;
      });
      return signedRank(signs);
    };
    expect(p(at5)).toBeLessThanOrEqual(0.05);
    expect(p(at5 + 1)).toBeGreaterThan(0.05);
    if (at1 === null) expect(p(0)).toBeGreaterThan(0.01);
    else expect([p(at1) <= 0.01, p(at1 + 1) > 0.01]).toEqual([true, true]);
  });

  it.each([{ differences: [3, -1, 2, 2, 5, -2, 4] }, { differences: [0.5, 1.5, -0.2, 0.9, 0, 2.2, -0.9, 1.1] }])(
    'is what every way to give signs to $differences gives, ties included',
    ({ differences }) => {
      const sizes = differences.filter((one) => one !== 0).map(Math.abs);
      const rankOf = (size: number) =>
        sizes.filter((other) => other < size).length + (sizes.filter((other) => other === size).length + 1) / 2;
      const middle = (sizes.length * (sizes.length + 1)) / 4;
      const distance = (positive: (i: number) => boolean) =>
        Math.abs(sizes.reduce((sum, size, i) => sum + (positive(i) ? rankOf(size) : 0), 0) - middle);
      const signed = differences.filter((one) => one !== 0);
      const observed = distance((i) => (signed[i] ?? 0) > 0);
      const ways = Array.from({ length: 2 ** sizes.length }, (_, bits) => distance((i) => ((bits >> i) & 1) === 1));
      const extreme = ways.filter((one) => one >= observed - 1e-9).length;
      expect(signedRank(differences)).toBeCloseTo(extreme / ways.length, 12);
    },
  );

  it('turns to the normal approximation without a step', () => {
    const differences = (n: number) => Array.from({ length: n }, (_, i) => (i % 4 < 2 ? -1 : 1) * (i + 1));
    expect(Math.abs(signedRank(differences(102)) - signedRank(differences(98)))).toBeLessThan(0.06);
    const [wide, exact] = [102, 98].map((n) => hodgesLehmannOfPairs(differences(n)));
    expect(Math.abs((wide?.low ?? 0) - (exact?.low ?? 0))).toBeLessThan(2);
  });

  it('comes with the shifts that it does not reject, found by trying', () => {
    const differences = [1.1, 2.3, -0.4, 3.2, 1.9, 0.7, 2.8, 1.4];
    const { low, high, center } = hodgesLehmannOfPairs(differences);
    const p = (shift: number) => signedRank(differences.map((one) => one - shift));
    expect([p(low + 1e-6) > 0.05, p(low - 1e-6) < 0.05]).toEqual([true, true]);
    expect([p(high - 1e-6) > 0.05, p(high + 1e-6) < 0.05]).toEqual([true, true]);
    expect(center).toBeGreaterThan(low);
    expect(center).toBeLessThan(high);
  });
});

describe("Welch's test", () => {
  // Welch's own arithmetic by hand: variances 3.325 and 2.195238, means 112.575 and 109.085714.
  it('has the mean, the error and the degrees of freedom that the formulas give', () => {
    const logs = (values: readonly number[]) => values.map(Math.log);
    const { center, standardError, degrees, p } = ratioOfTwo(logs(a), logs(b));
    const [va, vb] = [a, b].map((values) => (standardDeviation(logs(values)) ?? 0) ** 2 / values.length) as [
      number,
      number,
    ];
    expect(center).toBeCloseTo(mean(logs(a)) - mean(logs(b)), 12);
    expect(standardError).toBeCloseTo(Math.sqrt(va + vb), 12);
    expect(degrees).toBeCloseTo((va + vb) ** 2 / (va ** 2 / 7 + vb ** 2 / 6), 9);
    // Between the tails of the whole degrees around it.
    const t = Math.abs(center) / (standardError ?? 1);
    expect(p).toBeGreaterThan(studentTails(t, Math.ceil(degrees)));
    expect(p).toBeLessThan(studentTails(t, Math.floor(degrees)));
  });
});
