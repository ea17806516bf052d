import { describe, expect, it } from 'vitest';
import { compareApart, fewestApart } from '../../../scripts/statistics/apart.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { mannWhitney } from './mid-rank-test.ts';

function sampler(seed: number) {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return (runs: number, noise: number, ratio = 1) =>
    Array.from({ length: runs }, () => ratio * Math.exp(noise * normal()));
}

const floor = 0.02;

describe('interval and test', () => {
  it.each([5, 6, 8, 12, 25])('say the same of 1, with %d runs a side', (runs) => {
    const draw = sampler(runs);
    for (let i = 0; i < 200; i++) {
      const [base, head] = [draw(runs, 0.05), draw(runs, 0.05, 1 + 0.1 * (i % 2))];
      const [found] = compareApart([{ base, head, floor }]);
      const interval = found?.ratio?.interval;
      const excludesOne = interval != null && (interval.low > 1 || interval.high < 1);
      expect(excludesOne).toBe(mannWhitney(head, base).p < 0.05);
    }
  });

  it('are those of the sides the other way round, inverted', () => {
    const draw = sampler(7);
    const [base, head] = [draw(7, 0.03), draw(9, 0.03, 1.2)];
    const [there, back] = [
      compareApart([{ base, head, floor }])[0],
      compareApart([{ base: head, head: base, floor }])[0],
    ];
    expect(there?.verdict).toBe('higher');
    expect(back?.verdict).toBe('lower');
    expect(back?.p).toBeCloseTo(there?.p ?? 0, 12);
    expect(1 / (back?.ratio?.center ?? 0)).toBeCloseTo(there?.ratio?.center ?? 0, 12);
    expect(1 / (back?.ratio?.interval?.low ?? 0)).toBeCloseTo(there?.ratio?.interval?.high ?? 0, 12);
  });
});

describe('a family of comparisons', () => {
  const families = (count: number, ratio: number) => {
    const draw = sampler(count);
    return Array.from({ length: count }, () =>
      compareApart(
        Array.from({ length: 4 }, (_, i) => ({ base: draw(8, 0.05), head: draw(8, 0.05, i === 0 ? ratio : 1), floor })),
      ),
    );
  };

  it('of sides that are the same gives an alarm in one of a hundred at most', () => {
    const alarms = families(2000, 1).filter((found) =>
      found.some(({ verdict }) => verdict === 'higher' || verdict === 'lower'),
    );
    // 2,000 families at 1 %: more than 32 come with a probability of one in a hundred.
    expect(alarms.length).toBeLessThanOrEqual(32);
    expect(alarms.length).toBeGreaterThan(0);
  });

  it('finds a difference as large as it says that it would, in about 80 of 100', () => {
    const draw = sampler(3);
    const promised = Array.from(
      { length: 300 },
      () => compareApart([{ base: draw(12, 0.03), head: draw(12, 0.03), floor }])[0]?.smallestChange ?? 0,
    );
    const change = promised.sort((a, b) => a - b)[150] ?? 0;
    const found = Array.from(
      { length: 500 },
      () => compareApart([{ base: draw(12, 0.03), head: draw(12, 0.03, 1 + change), floor }])[0],
    );
    const power = found.filter((each) => each?.verdict === 'higher').length / found.length;
    expect(power).toBeGreaterThan(0.72);
    expect(power).toBeLessThan(0.9);
  });

  it('takes as many runs as it says, for a change of 3 % under noise of 5 %', () => {
    const draw = sampler(5);
    const [found] = compareApart([{ base: draw(400, 0.05), head: draw(400, 0.05), floor }]);
    expect(found?.soughtChange).toBeCloseTo(0.03, 6);
    const runs = found?.runsNeeded ?? 0;
    // (2.576 + 0.842)^2 x 2 x 0.05^2 / ln(1.03)^2 x pi / 3 = 70 with a normal quantile.
    expect(runs).toBeGreaterThan(60);
    expect(runs).toBeLessThan(82);
    const power =
      Array.from(
        { length: 300 },
        () => compareApart([{ base: draw(runs, 0.05), head: draw(runs, 0.05, 1.03), floor }])[0],
      ).filter((each) => each?.verdict === 'higher').length / 300;
    expect(power).toBeGreaterThan(0.72);
    expect(power).toBeLessThan(0.9);
  });

  it('of more members needs more runs before it can show anything: 5 of one, 8 of 20, 9 of 100, 11 of 1,000', () => {
    const still = { base: [1], head: [1], floor };
    const needed = [1, 20, 100, 1000].map(
      (count) => compareApart(Array.from({ length: count }, () => still))[0]?.runsNeeded,
    );
    expect(needed).toEqual([5, 8, 9, 11]);
  });
});

describe('few runs', () => {
  it('have a ratio but no verdict and no p-value', () => {
    const few = Array.from({ length: fewestApart - 1 }, (_, i) => 1 + i / 1000);
    const [found] = compareApart([{ base: few, head: few.map((value) => 2 * value), floor }]);
    expect(found).toMatchObject({ verdict: 'too few runs', p: null, smallestChange: null });
    expect(found?.ratio?.center).toBeCloseTo(2, 6);
    const [nothing] = compareApart([{ base: [], head: few, floor }]);
    expect(nothing).toMatchObject({ verdict: 'too few runs', ratio: null, runsNeeded: 5 });
  });
});
