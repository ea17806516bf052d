/** The tables of docs/run-quality.md in small: false alarms and power of the check for drift on runs of which the truth is known. */
import { describe, expect, it } from 'vitest';
import { equalPieces, relativeGaps } from '../../../../scripts/results/figures/decode-pieces.ts';
import { driftCheck, driftOf, gotFaster } from '../../../../scripts/run/quality/steadiness-checks.ts';
import { simulatedGaps } from '../../../fakes/simulated-gaps.ts';
import { verdictsOfDrift } from '../../statistics/drift-table.ts';

describe('false alarms', () => {
  it.each([
    { rho: 0, most: 0.02 },
    { rho: 0.3, most: 0.03 },
    { rho: 0.6, most: 0.04 },
    { rho: 0.9, most: 0.06 },
  ])('are rare, and no run fails, where noise of 3 % has waves of rho $rho', ({ rho, most }) => {
    const { doubtOrFailed, failed } = verdictsOfDrift({ noise: 0.03, rho }, 150);
    expect(doubtOrFailed).toBeLessThanOrEqual(most);
    expect(failed).toBe(0);
  });
});

describe('power', () => {
  it.each([
    { change: -0.1, course: 'line', least: 0.95 },
    { change: -0.1, course: 'step', least: 0.95 },
    { change: -0.2, course: 'curve', least: 0.95 },
    { change: 0.2, course: 'line', least: 0.95 },
    { change: 0.05, course: 'line', least: 0.8 },
  ] as const)('finds a change of $change by a $course in noise of 3 %', ({ change, course, least }) => {
    expect(verdictsOfDrift({ noise: 0.03, change, course }, 60).doubtOrFailed).toBeGreaterThanOrEqual(least);
  });

  it('fails a run that became a fifth faster, with the figure in words, and calls it not warm', () => {
    const drift = driftOf(equalPieces(relativeGaps(simulatedGaps({ noise: 0.01, change: -0.2 }, 5))));
    expect(drift.verdict).toBe('failed');
    expect(gotFaster(drift)).toBe(true);
    expect(driftCheck(drift)).toMatchObject({ value: expect.closeTo(-0.2, 1) });
    expect(driftCheck(drift).words).toMatch(
      /^decoding became (19|20|21) % faster over the run \(permutation of \d+ blocks, p = /,
    );
  });

  it('lets a short run raise doubt only, and says of a shorter one that nothing is known', () => {
    const of = (tokens: number) =>
      driftOf(equalPieces(relativeGaps(simulatedGaps({ noise: 0, change: 0.3, tokens }, 5))));
    expect(of(600).verdict).toBe('doubt');
    expect(of(10)).toMatchObject({ verdict: 'unknown', words: expect.stringMatching(/24 are needed$/) });
  });
});
