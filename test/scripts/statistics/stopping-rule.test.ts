import { describe, expect, it } from 'vitest';
import { precisionTarget } from '../../../scripts/compare/session-options.ts';
import { stoppedText } from '../../../scripts/log/statistics-text.ts';
import { interleave, interleaveWhile } from '../../../scripts/statistics/seeded-random.ts';
import {
  decideAfterRound,
  type PrecisionTarget,
  type RoundsSoFar,
  relativeHalfWidth,
} from '../../../scripts/statistics/stopping-rule.ts';

const target: PrecisionTarget = { halfWidth: 0.02, fewestRounds: 3, mostMs: 60_000 };
const steady = [100, 100.5, 99.5, 100.2, 99.8];
const noisy = [100, 120, 80, 110, 90];

function roundsDone(rounds: number, change: Partial<RoundsSoFar> = {}): RoundsSoFar {
  return {
    rounds,
    elapsedMs: rounds * 1000,
    longestRoundMs: 1000,
    cells: [{ name: 'a f16', samples: steady.slice(0, rounds) }],
    ...change,
  };
}

describe('the stopping rule', () => {
  it('goes on below the fewest rounds, however narrow the interval, and stops at them', () => {
    expect(decideAfterRound(target, roundsDone(0)).kind).toBe('continue');
    expect(decideAfterRound(target, roundsDone(2)).kind).toBe('continue');
    expect(decideAfterRound(target, roundsDone(3))).toMatchObject({ kind: 'stop', reason: 'narrow enough', rounds: 3 });
  });

  it('goes on until the widest of all intervals is narrow', () => {
    const cells = [
      { name: 'a f16', samples: steady },
      { name: 'b f16', samples: noisy },
    ];
    expect(decideAfterRound(target, roundsDone(5, { cells }))).toMatchObject({
      kind: 'continue',
      widest: { name: 'b f16' },
    });
  });

  it('needs three runs of a cell before it believes any width', () => {
    const decision = decideAfterRound({ ...target, fewestRounds: 1 }, roundsDone(2));
    expect(decision).toEqual({ kind: 'continue', widest: { name: 'a f16', halfWidth: null } });
  });

  it('begins no round that would end after the limit of time', () => {
    const cells = [{ name: 'b f16', samples: noisy }];
    expect(decideAfterRound(target, roundsDone(5, { cells, elapsedMs: 58_000 })).kind).toBe('continue');
    expect(decideAfterRound(target, roundsDone(5, { cells, elapsedMs: 59_500 }))).toMatchObject({
      reason: 'out of time',
    });
    // Even before the fewest rounds: a limit is a limit.
    expect(decideAfterRound(target, roundsDone(1, { elapsedMs: 90_000 }))).toMatchObject({ reason: 'out of time' });
  });

  it('does not wait for a cell that never completes a run, and ends where none does', () => {
    const failing = { name: 'c f16', samples: [] };
    expect(
      decideAfterRound(target, roundsDone(5, { cells: [failing, { name: 'a f16', samples: steady }] })),
    ).toMatchObject({
      reason: 'narrow enough',
    });
    expect(decideAfterRound(target, roundsDone(5, { cells: [failing] }))).toMatchObject({
      reason: 'nothing completes',
    });
    expect(decideAfterRound(target, roundsDone(0, { cells: [] }))).toMatchObject({ reason: 'nothing completes' });
  });

  it('measures a width as half of the interval over the mean', () => {
    expect(relativeHalfWidth([1, 2])).toBeNull();
    // Of the logarithms 2.07944, 2.30259 and 2.48491 the deviation is 0.20308: 4.30265 x 0.20308 / sqrt 3.
    expect(relativeHalfWidth([8, 10, 12])).toBeCloseTo(0.50447, 4);
  });

  it('says why it stopped, with the option that mends it', () => {
    const stopped = decideAfterRound(
      target,
      roundsDone(5, { cells: [{ name: 'b f16', samples: noisy }], elapsedMs: 60_000 }),
    );
    if (stopped.kind !== 'stop') throw new Error('it had to stop');
    expect(stoppedText(stopped, target)).toMatch(
      /^Stopped after 5 rounds in 1 min 00 s: the widest interval is ±\d+ % of b f16, not within ±2.0 %.*--until-minutes/,
    );
  });
});

describe('rounds', () => {
  it('are those of a fixed number, for as long as they go on', () => {
    const turns = interleaveWhile(['a', 'b', 'c'], 7, (rounds) => rounds < 4);
    expect([...turns]).toEqual(interleave(['a', 'b', 'c'], 4, 7));
  });
});

describe('--until', () => {
  it('takes --iterations as the fewest rounds', () => {
    expect(precisionTarget({ iterations: 5, until: 0.02, untilMinutes: 0.5 })).toEqual({
      halfWidth: 0.02,
      fewestRounds: 5,
      mostMs: 30_000,
    });
    expect(precisionTarget({ iterations: 5, untilMinutes: 30 })).toBeUndefined();
  });
});
