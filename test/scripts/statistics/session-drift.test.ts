import { describe, expect, it } from 'vitest';
import { driftText } from '../../../scripts/log/statistics-text.ts';
import { notable, sessionDrifts } from '../../../scripts/statistics/session-drift.ts';
import { inRounds } from '../../fakes/samples.ts';
import { shareOfSessions, simulatedSession } from '../../fakes/simulated-sessions.ts';

describe('the drift of a session', () => {
  const contenders = (shape: Parameters<typeof simulatedSession>[0], seed: number) =>
    simulatedSession(shape, seed).map((values) => inRounds(values));

  it('is found where a machine loses a third of its speed, and said with what it does to the comparison', () => {
    const shape = { rates: [100, 300, 40], runs: 8, machine: { noise: 0.02, drift: 0.33 } };
    const [drift] = notable(sessionDrifts(contenders(shape, 1)));
    expect(drift?.change).toBeGreaterThan(-0.36);
    expect(drift?.change).toBeLessThan(-0.25);
    // Eight rounds in perfect order: 2 of 8! orders.
    expect(drift?.p).toBeCloseTo(2 / 40_320, 9);
    expect(drift === undefined ? '' : driftText(drift, 'decode rates')).toMatch(
      /^The machine drifted: over the 8 rounds of the session decode rates fell by \d+ % \(p = 0\.000050\)\. Contenders are compared within rounds/,
    );
  });

  it('is not invented: at most 5 in 100 steady sessions, though whole rounds differ by 10 %', () => {
    const shape = { rates: [100, 100, 100], runs: 8, machine: { noise: 0.02, rounds: 0.1 } };
    const alarms = shareOfSessions(500, 1, (seed) => notable(sessionDrifts(contenders(shape, seed))).length > 0);
    expect(alarms).toBeLessThan(0.08);
  });

  it('leaves a contender aside that missed a round, and is not told from three rounds', () => {
    const falling = [100, 90, 81, 73, 66, 60];
    const missing = inRounds([5, 5, 5]);
    expect(sessionDrifts([inRounds(falling), missing])[0]).toMatchObject({ rounds: 6 });
    expect(sessionDrifts([inRounds([3, 2, 1])])).toEqual([]);
  });

  it('is that of each session by itself', () => {
    const drifts = sessionDrifts([
      [...inRounds([100, 90, 80, 70, 60, 50], 's'), ...inRounds([100, 101, 99, 100, 101, 100], 't')],
    ]);
    expect(drifts.map(({ session }) => session)).toEqual(['s', 't']);
    expect(notable(drifts).map(({ session }) => session)).toEqual(['s']);
  });
});
