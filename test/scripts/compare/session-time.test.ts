import { describe, expect, it } from 'vitest';
import { expectedMs, roundsWithin } from '../../../scripts/compare/session-plan.ts';
import { StartTime } from '../../../scripts/compare/start-plan.ts';
import { warmUpSeconds } from '../../../scripts/run/warm-up.ts';
import { defaults } from '../../../scripts/settings/defaults.ts';
import { fewestForVerdict } from '../../../scripts/statistics/verdict.ts';

describe('rounds within a time', () => {
  const startMs = 1500;

  it.each([
    { ms: 1e9, runsPerRound: 2, rounds: 8, minSeconds: 2 },
    // Seconds go before rounds.
    { ms: 75_000, runsPerRound: 2, rounds: 8, minSeconds: 1.1 },
    // Below a second a run, rounds go before seconds, down to those that a verdict needs.
    { ms: 60_000, runsPerRound: 2, rounds: 6, minSeconds: 1.3 },
    { ms: 60_000, runsPerRound: 3, rounds: 6, minSeconds: 0.6 },
    // Nothing fits: the fewest rounds of the shortest runs are measured all the same.
    { ms: -5, runsPerRound: 5, rounds: 6, minSeconds: 0.3 },
  ])(
    'are $rounds of $minSeconds s in $ms ms with $runsPerRound runs each',
    ({ ms, runsPerRound, rounds, minSeconds }) => {
      expect(roundsWithin({ ms, runsPerRound, startMs }, 8)).toEqual({ rounds, minSeconds });
    },
  );

  it('take the time that they were given, and no more, wherever it is enough', () => {
    for (let ms = 30_000; ms < 200_000; ms += 7_000) {
      for (const runsPerRound of [1, 2, 3, 4]) {
        const { rounds, minSeconds } = roundsWithin({ ms, runsPerRound, startMs }, 10);
        expect(rounds).toBeGreaterThanOrEqual(fewestForVerdict);
        expect(minSeconds).toBeGreaterThanOrEqual(0.3);
        expect(minSeconds).toBeLessThanOrEqual(defaults.minSeconds);
        if (minSeconds > 0.3) expect(expectedMs(rounds * runsPerRound, minSeconds, startMs)).toBeLessThanOrEqual(ms);
      }
    }
  });

  it('leave the time to measuring where the warm-up is a number of answers', () => {
    const time = { ms: 75_000, runsPerRound: 2, startMs };
    // 8 × 2 runs of 1.5 s and one and a half times 2 s.
    expect(roundsWithin({ ...time, warmUp: 1 }, 8)).toEqual({ rounds: 8, minSeconds: 2 });
    expect(expectedMs(16, 2, startMs, 1)).toBe(16 * (1500 + 3000));
    expect(roundsWithin({ ...time, warmUp: 'auto' }, 8)).toEqual({ rounds: 8, minSeconds: 1.1 });
  });

  it('warm up no longer than they measure, and a second at most', () => {
    expect([0, 0.1, 0.7, 1, 2, 60].map(warmUpSeconds)).toEqual([1, 0.5, 0.7, 1, 1, 1]);
  });
});

const nothingYet = { done: 0, total: 0 };

describe('the time that is left of a start', () => {
  it('grows when more frameworks are found than the budget has rounds for, and not otherwise', () => {
    const now = 20_000;
    const few = new StartTime(95_000, 10_000, { now: () => now });
    few.surveyed(3, 1000);
    expect(few.leftMs(nothingYet)).toBe(75_000);
    const many = new StartTime(95_000, 10_000, { now: () => now });
    many.surveyed(7, 3000);
    // Each starts twice before the rounds: to answer, and for parity.
    expect(many.leftMs(nothingYet)).toBe(2 * 7 * 3000 + expectedMs(7 * fewestForVerdict, 0.3, 3000, 0) + 10_000);
  });

  it('is that of its budget, then that of the plan, then that of the report', () => {
    let now = 10_000;
    const time = new StartTime(95_000, 10_000, { now: () => now });
    expect(time.roundsEndAtMs).toBe(85_000);
    expect(time.leftMs(nothingYet)).toBe(85_000);
    // A stage before the rounds says nothing of what comes after it.
    expect(time.leftMs({ done: 9, total: 10 })).toBe(85_000);
    now = 20_000;
    time.planned({ runs: 12, rounds: 6, expectedMs: 60_000 });
    expect(time.leftMs(nothingYet)).toBe(70_000);
    now = 75_000;
    time.measured();
    expect(time.leftMs({ done: 11, total: 12 })).toBe(10_000);
    now = 90_000;
    expect(time.leftMs(nothingYet)).toBe(0);
  });

  it('begins its budget after what was installed first', () => {
    const now = 400_000;
    const time = new StartTime(95_000, 10_000, { now: () => now, installedMs: 390_000 });
    expect(time.roundsEndAtMs).toBe(390_000 + 95_000 - 10_000);
    expect(time.leftMs({ done: 0, total: 0 })).toBe(85_000);
  });

  it('only falls where a first round takes twice its plan, and the runs after it come as planned', () => {
    let now = 0;
    const time = new StartTime(null, 10_000, { now: () => now });
    time.planned({ runs: 18, rounds: 6, expectedMs: 18 * 4_000 });
    let before = time.leftMs({ done: 0, total: 18 }) ?? Number.NaN;
    expect(before).toBe(82_000);
    for (let run = 0; run < 18; run++) {
      const runMs = run < 3 ? 8_000 : 4_000;
      for (let elapsedMs = 100; elapsedMs <= runMs; elapsedMs += 100) {
        now += 100;
        const left = time.leftMs({ done: elapsedMs === runMs ? run + 1 : run, total: 18 }) ?? Number.NaN;
        // Once, after the first round, it is told that the end comes later.
        if (run !== 2 || elapsedMs !== runMs) expect(left).toBeLessThanOrEqual(before);
        expect(Math.abs(left - before)).toBeLessThanOrEqual(13_000);
        before = left;
      }
    }
    expect(before).toBeCloseTo(10_000);
  });

  it('comes to the pace of the runs, step by step', () => {
    let now = 0;
    const time = new StartTime(null, 10_000, { now: () => now });
    time.planned({ runs: 18, rounds: 6, expectedMs: 18 * 4_000 });
    const errors: number[] = [];
    for (let done = 1; done <= 18; done++) {
      now += 3_000;
      errors.push((time.leftMs({ done, total: 18 }) ?? Number.NaN) - 10_000 - (18 - done) * 3_000);
    }
    expect(errors.at(3)).toBeGreaterThan(errors.at(8) ?? 0);
    expect(errors.at(8)).toBeGreaterThan(errors.at(17) ?? 0);
    expect(errors.at(17)).toBeCloseTo(0);
  });

  it('is not known where nobody said how long it may take, until the rounds are planned', () => {
    const time = new StartTime(null, 10_000, { now: () => 0 });
    expect(time.roundsEndAtMs).toBe(Number.POSITIVE_INFINITY);
    expect(time.leftMs(nothingYet)).toBeNull();
    time.planned({ runs: 6, rounds: 6, expectedMs: 30_000 });
    expect(time.leftMs(nothingYet)).toBe(40_000);
  });
});
