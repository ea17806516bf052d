import { describe, expect, it } from 'vitest';
import { noiseFloorText } from '../../../scripts/log/statistics-text.ts';
import { keepNoiseFloor, knownNoiseFloor } from '../../../scripts/run/quality/run-quality.ts';
import { noiseFloorOf } from '../../../scripts/statistics/noise-floor.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { apart, inRounds } from '../../fakes/samples.ts';
import { simulatedSession } from '../../fakes/simulated-sessions.ts';

describe('the noise floor', () => {
  it('is what identical cells differ by, whichever of them is the larger, and says where it comes from', () => {
    const identical = [{ a: inRounds([100, 100]), b: inRounds([90, 90]) }];
    const floor = noiseFloorOf([inRounds([10, 10, 10])], identical);
    expect(floor).toEqual({ share: expect.closeTo(10 / 90, 9), from: 'identical cells', runs: 4 });
    expect(noiseFloorOf([], [{ a: inRounds([90, 90]), b: inRounds([100, 100]) }])?.share).toBeCloseTo(10 / 90, 9);
    expect(floor === null ? '' : noiseFloorText(floor)).toBe('11 % (A/A: identical cells, 4 runs together)');
  });

  it('is the root mean square where several were measured, not the largest', () => {
    const one = { a: inRounds([100, 100], 's'), b: inRounds([110, 110], 's') };
    const other = { a: inRounds([100, 100], 't'), b: inRounds([100, 100], 't') };
    expect(noiseFloorOf([], [one, other])?.share).toBeCloseTo(Math.expm1(Math.log(1.1) / Math.SQRT2), 9);
  });

  it('is else what two of so many runs are expected to differ by, by hand', () => {
    // Logarithms 0 and 0.02 about their mean: deviation 0.01 x sqrt(4 / 3); times the root of 2 / pi and of 2 / 4.
    const floor = noiseFloorOf([apart([1, Math.exp(0.02), 1, Math.exp(0.02)])]);
    const expected = 0.01 * Math.sqrt(4 / 3) * Math.sqrt(2 / Math.PI) * Math.sqrt(2 / 4);
    expect(floor).toEqual({ share: expect.closeTo(Math.expm1(expected), 9), from: 'runs within cells', runs: 4 });
  });

  it('is not raised by rounds that are slow for all', () => {
    const rounds = [100, 50, 200, 80, 120];
    const cells = [inRounds(rounds), inRounds(rounds.map((value) => value * 3))];
    expect(noiseFloorOf(cells)?.share).toBeCloseTo(0, 9);
  });

  it('does not grow with the number of contenders', () => {
    const floors = [2, 8].map((contenders) => {
      const shape = { rates: new Array<number>(contenders).fill(100), runs: 8, machine: { noise: 0.02 } };
      const shares = Array.from({ length: 100 }, (_, seed) => {
        const cells = simulatedSession(shape, seed).map((values) => inRounds(values));
        return noiseFloorOf(cells)?.share ?? Number.NaN;
      });
      return shares.reduce((sum, share) => sum + share, 0) / shares.length;
    });
    // 0.02 x sqrt(2 / pi) x sqrt(2 / 8) = 0.8 %.
    for (const floor of floors) expect(floor).toBeCloseTo(0.008, 3);
  });

  it('is not known from three runs, or from one of each twin', () => {
    expect(noiseFloorOf([inRounds([1, 2, 3])], [{ a: inRounds([1]), b: inRounds([2]) }])).toBeNull();
  });

  it('is kept beside the results, for each host its latest', () => {
    const output = outputFolder();
    const floor = { share: 0.03, from: 'identical cells', runs: 10 } as const;
    expect(knownNoiseFloor(output, 'box')).toBeNull();
    keepNoiseFloor(output, 'box', { ...floor, share: 0.5 });
    keepNoiseFloor(output, 'box', floor);
    keepNoiseFloor(output, 'other', null);
    expect(knownNoiseFloor(output, 'box')).toMatchObject(floor);
    expect(knownNoiseFloor(output, 'other')).toBeNull();
  });
});
