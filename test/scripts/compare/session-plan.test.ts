import { describe, expect, it } from 'vitest';
import { foundIn, plannedRounds, planText } from '../../../scripts/compare/session-plan.ts';
import { sessionRounds } from '../../../scripts/compare/session-rounds.ts';
import type { Trial } from '../../../scripts/workloads/trials.ts';
import { comparisonsAgainst } from '../../fakes/simulated-cells.ts';
import { shareOfSessions, simulatedSession } from '../../fakes/simulated-sessions.ts';

const asAsked = { minSeconds: null, expectedMs: null };

describe('a plan of a session', () => {
  it.each([2, 3, 4])('for %i contenders has rounds enough to find 5 % at a noise of 2 %', (contenders) => {
    const rounds = plannedRounds(contenders);
    const rates = [105, ...new Array<number>(contenders - 1).fill(100)];
    const shape = { rates, runs: rounds, machine: { noise: 0.02, rounds: 0.1 } };
    const found = shareOfSessions(400, 1, (seed) => {
      return comparisonsAgainst(0, simulatedSession(shape, seed)).get(1)?.verdict === 'lower';
    });
    expect(found).toBeGreaterThan(0.77);
    expect(found).toBeLessThan(0.93);
  });

  it('asks for more rounds the more there are to compare', () => {
    expect([1, 2, 3, 4].map(plannedRounds)).toEqual([8, 8, 10, 11]);
  });

  it('says what it finds at usual noises', () => {
    const plan = { contenders: 3, rounds: 10, runs: 30, ...asAsked };
    expect(foundIn(plan, 0.02)).toBeLessThan(0.05);
    expect(planText(plan)).toMatch(
      /^Planned: 10 rounds, 30 runs; 3 contenders in a weight class\. That finds a difference of [\d.]+ %, 4\.\d %? or 1\d %? in 80 of 100 sessions, where the runs of a contender differ by 1 %, 2 % or 5 % within a round\.$/,
    );
    expect(planText(plan, true)).toMatch(
      /^Planned: up to 10 rounds.* All 10 find a difference of .*, the 6 that are sure one of [\d.]+ %, 7\.\d % or \d+ % in 80/,
    );
  });

  it('says that too few rounds get no verdict, and which number does', () => {
    expect(planText({ contenders: 2, rounds: 3, runs: 6, ...asAsked })).toBe(
      'Planned: 3 rounds, 6 runs; 2 contenders in a weight class. Fewer than 6 rounds get no verdict: leave --iterations out for 8.',
    );
    expect(planText({ contenders: 1, rounds: 1, runs: 1, ...asAsked })).toBe(
      'Planned: 1 round, 1 run. There is nothing to compare within a weight class.',
    );
  });
});

describe('rounds within a time', () => {
  const cell = { compared: { framework: 'a', quantize: 'f16', runs: [] } } as unknown as Trial;

  /** @param roundMs of every round */
  function measured(withinMs: number, roundMs: number): number {
    let now = 0;
    const options = { iterations: 8, withinMs, seed: 1 };
    const { turns } = sessionRounds(
      [cell],
      options,
      'decode',
      () => false,
      () => now,
    );
    let rounds = 0;
    for (const _ of turns) {
      rounds++;
      now += roundMs;
    }
    return rounds;
  }

  it.each([
    { withinMs: 75_000, roundMs: 5_000, rounds: 8 },
    { withinMs: 75_000, roundMs: 10_000, rounds: 7 },
    // Fewer than six would get no verdict, so the time that they took would be lost.
    { withinMs: 75_000, roundMs: 30_000, rounds: 6 },
  ])('are $rounds of $roundMs ms in $withinMs ms', ({ withinMs, roundMs, rounds }) => {
    expect(measured(withinMs, roundMs)).toBe(rounds);
  });
});
