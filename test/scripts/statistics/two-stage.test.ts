/** Two stages: who becomes a suspect, what is confirmed, and how many runs that takes. */
import { describe, expect, it } from 'vitest';
import { exactShift } from '../../../scripts/statistics/exact-shift.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { confirm, logChange, pairOrder, runsToConfirm, screen } from '../../../scripts/statistics/two-stage.ts';
import { runsToFind, smallestFound } from '../../../scripts/statistics/two-stage-power.ts';
import { gateAlarms, gateFinds, runsAskedFor } from '../../../tools/gate-simulation/simulate.ts';
import { inTurns, type SimulatedCell } from '../../../tools/gate-simulation/simulated-cell.ts';

/** Eight rates close together, in no order that matters. */
const rates = [100, 100.4, 99.7, 100.9, 99.2, 100.2, 99.9, 100.6];
const times = (factor: number) => rates.map((rate) => rate * factor);

describe('the first stage', () => {
  it('suspects a change of 5 %, in either direction', () => {
    expect(screen({ base: rates, head: times(0.95) }, 0).kind).toBe('suspect');
    expect(screen({ base: rates, head: times(1.05) }, 0).kind).toBe('suspect');
  });

  it('does not suspect a change that is sure, and surely too small to count', () => {
    expect(logChange({ base: rates, head: times(0.985) })?.p).toBeLessThan(0.05);
    expect(screen({ base: rates, head: times(0.985) }, 0).kind).toBe('unsuspected');
  });

  it('does not suspect what the machine itself differs by', () => {
    expect(screen({ base: rates, head: times(0.95) }, 0.06).kind).toBe('unsuspected');
  });

  it('says nothing of three runs a side', () => {
    expect(screen({ base: rates.slice(0, 3), head: times(0.5).slice(0, 3) }, 0).kind).toBe('insufficient');
    expect(screen({ base: rates, head: [] }, 0)).toEqual({ kind: 'insufficient', change: null });
  });
});

describe('the second stage', () => {
  it('confirms what is changed again, and refutes what is not', () => {
    const found = confirm(
      [
        { base: rates, head: times(0.9) },
        { base: rates, head: times(1.001) },
      ],
      [0, 0],
    );
    expect(found.map(({ kind }) => kind)).toEqual(['confirmed', 'refuted']);
  });

  it('corrects over suspects that could not be measured again, too', () => {
    const [alone] = confirm([{ base: rates, head: times(0.9) }], [0]);
    const [among] = confirm(
      [{ base: rates, head: times(0.9) }, ...new Array(3).fill({ base: [], head: [] })],
      [0, 0, 0, 0],
    );
    expect(among?.p).toBeCloseTo(4 * (alone?.p ?? 0), 12);
    expect(confirm([{ base: [], head: [] }], [0])[0]).toMatchObject({ kind: 'open', change: null, p: 1 });
  });

  it('leaves open what too few runs could confirm', () => {
    const four = { base: rates.slice(0, 4), head: times(0.5).slice(0, 4) };
    expect(confirm([four], [0])[0]).toMatchObject({ kind: 'open', interval: null });
  });

  it('never lets test and interval contradict each other', () => {
    const random = seededRandom(11);
    for (let i = 0; i < 100; i++) {
      const suspects = [0.12, 0.08, 0.04, 0, 0].map((slowdown) =>
        inTurns({ noise: 'lognormal, 5 %', slowdown, random }, 10),
      );
      for (const { p, interval } of confirm(suspects, [0, 0, 0, 0, 0])) {
        expect(interval !== null && (interval.low > 0 || interval.high < 0)).toBe(p < 0.01);
      }
    }
  });

  it('plans more runs for more noise and for more suspects, in whole blocks of A B B A, and never too few to find anything', () => {
    const change = logChange({ base: rates, head: times(0.97) });
    const restless = rates.map((rate, i) => rate * (1 + (i % 4) / 20));
    const noisy = logChange({ base: restless, head: restless.map((rate) => rate * 0.95) });
    if (change === null || noisy === null) throw new Error('both sides have runs');
    const planned = [1, 20, 1000].map((suspects) => runsToConfirm(change, suspects, 24));
    expect(planned.every((runs) => runs % 2 === 0)).toBe(true);
    expect(planned).toEqual(planned.toSorted((a, b) => a - b));
    expect(runsToConfirm(noisy, 1, 24)).toBeGreaterThan(planned[0] ?? 0);
    expect(runsToConfirm(change, 1000, 4)).toBe(12);
  });
});

describe('the order of the two builds', () => {
  it('is A B B A, then B A A B', () => {
    expect(pairOrder(8)).toEqual([true, false, false, true, false, true, true, false]);
  });

  it('lets neither a line nor a parabola tell them apart', () => {
    const place = pairOrder(8).flatMap((baseFirst, pair) =>
      [2 * pair, 2 * pair + 1].map((at, i) => ({ at, base: (i === 0) === baseFirst })),
    );
    for (const power of [0, 1, 2]) {
      const sum = (base: boolean) =>
        place.filter((run) => run.base === base).reduce((total, { at }) => total + at ** power, 0);
      expect(sum(true)).toBe(sum(false));
    }
  });
});

describe('the runs that a change takes', () => {
  it('are about 83 a side for 3 % at a noise of 5 %, within 15 %', () => {
    const runs = runsToFind(0.03, 0.05, 0.01) ?? 0;
    expect(Math.abs(runs / 83 - 1)).toBeLessThan(0.15);
  });

  it.each([
    [8, 0.01],
    [16, 0.01 / 6],
    [89, 0.01],
  ])('find it in about 90 of 100 simulations: %i a side at level %d', (runs, level) => {
    const cell: SimulatedCell = {
      noise: 'lognormal, 5 %',
      slowdown: -Math.expm1(-(smallestFound(0.05, runs, level) ?? 0)),
      random: seededRandom(runs),
    };
    let found = 0;
    for (let i = 0; i < 600; i++) {
      const { base, head } = inTurns(cell, runs);
      if (exactShift(head.map(Math.log), base.map(Math.log)).p < level) found++;
    }
    expect(found / 600).toBeGreaterThan(0.84);
    expect(found / 600).toBeLessThan(0.95);
  });

  it('are unknown for a change too small for ten thousand', () => {
    expect(runsToFind(0.0001, 0.05, 0.01)).toBeNull();
    expect(smallestFound(0.05, 4, 0.01)).toBeNull();
  });
});

describe('the gate, in simulated pull requests of 100 cells', () => {
  const scenario = { cells: 100, comparisons: 60, seed: 5 } as const;

  it.each(['lognormal, 5 %', 'two speeds, 10 % apart', 'drifting up to 20 %', 'autocorrelated, AR(1) of 0.5'] as const)(
    'alarms in at most three of 60 without a change: %s',
    (noise) => {
      const { any, suspected } = gateAlarms({ ...scenario, noise });
      // With a chance of 1 % each, four or more of 60 are a matter of 3 in 1,000.
      expect(any.count).toBeLessThanOrEqual(3);
      expect(suspected.share).toBeLessThanOrEqual(0.06);
    },
  );

  it('finds 3 % at a noise of 1 %, and 10 % at one of 5 %', () => {
    expect(gateFinds({ ...scenario, noise: 'lognormal, 1 %' }, 0.03).found.share).toBeGreaterThan(0.95);
    expect(gateFinds({ ...scenario, noise: 'lognormal, 5 %' }, 0.1).found.share).toBeGreaterThan(0.85);
  });

  it('asks for about 83 runs a side where 3 % are to be found at a noise of 5 %', () => {
    const { median } = runsAskedFor({ ...scenario, comparisons: 400, noise: 'lognormal, 5 %' });
    expect(Math.abs(median / 83 - 1)).toBeLessThan(0.15);
  });
});
