import { describe, expect, it } from 'vitest';
import { keepNoiseFloor, knownNoiseFloor } from '../../../scripts/measure/certificate/noise-floor-file.ts';
import { noiseFloorOf, noiseFloorText } from '../../../scripts/measure/noise-floor.ts';
import { outputFolder } from '../../fakes/output-folder.ts';

describe('the noise floor', () => {
  it('is the largest difference between what is the same, and says where it comes from', () => {
    const cells = [
      [100, 104, 100, 104],
      [10, 10, 10],
    ];
    expect(noiseFloorOf(cells)).toEqual({ share: expect.closeTo(1 - 100 / 104, 9), from: 'alternate runs', runs: 4 });
    const floor = noiseFloorOf(cells, [{ a: [100, 100], b: [90, 90] }]);
    expect(floor).toEqual({ share: expect.closeTo(10 / 90, 9), from: 'identical cells', runs: 4 });
    expect(floor === null ? '' : noiseFloorText(floor)).toBe('11 % (A/A: two identical cells, 4 runs together)');
  });

  it('is not known from three runs, or from one of each twin', () => {
    expect(noiseFloorOf([[1, 2, 3]], [{ a: [1], b: [2] }])).toBeNull();
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
