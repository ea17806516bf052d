import { describe, expect, it } from 'vitest';
import { outputSha256 } from '../../../scripts/results/figures/run-totals.ts';
import { needsRound } from '../../../scripts/run/warm-up.ts';

describe('another round', () => {
  it.each([
    { what: 'is measured while fewer than asked for are done', rounds: 1, workS: 9, elapsedS: 99, needed: true },
    { what: 'is measured while it decoded too briefly', rounds: 2, workS: 1.9, elapsedS: 3, needed: true },
    { what: 'is not, once it decoded long enough', rounds: 2, workS: 2, elapsedS: 3, needed: false },
    { what: 'is not, where prompts take nearly all of the time', rounds: 2, workS: 0.1, elapsedS: 10, needed: false },
  ])('$what', ({ rounds, workS, elapsedS, needed }) => {
    const done = { rounds, workNs: workS * 1e9, elapsedNs: elapsedS * 1e9 };
    expect(needsRound({ rounds: 2, minSeconds: 2 }, done)).toBe(needed);
  });

  it('follows none where no time was asked for', () => {
    expect(needsRound({ rounds: 1, minSeconds: 0 }, { rounds: 1, workNs: 0, elapsedNs: 0 })).toBe(false);
  });
});

describe('the same answer in another round', () => {
  it('changes no hash of the outputs, and another answer does', () => {
    const once = [
      { questionId: 'a', round: 0, ids: [1, 2] },
      { questionId: 'b', round: 0, ids: [3] },
    ];
    const twice = [...once, { questionId: 'b', round: 1, ids: [3] }, { questionId: 'a', round: 1, ids: [1, 2] }];
    expect(outputSha256(twice)).toBe(outputSha256(once));
    expect(outputSha256([...once, { questionId: 'b', round: 1, ids: [4] }])).not.toBe(outputSha256(once));
  });
});
