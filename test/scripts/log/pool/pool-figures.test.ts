import { expect, it } from 'vitest';
import { cycleFigures, jainIndex, recoveryFigures } from '../../../../scripts/workloads/pool/figures.ts';
import { cycle, recovery, recoveryRequests } from '../../../collate/pool-log.ts';

it.each([
  { shares: [5, 5, 5, 5], index: 1 },
  { shares: [8, 0, 0, 0], index: 0.25 },
  // (1 + 2 + 3)^2 / (3 * 14)
  { shares: [1, 2, 3], index: 36 / 42 },
  { shares: [7], index: 1 },
])("Jain's index of $shares is $index", ({ shares, index }) => {
  expect(jainIndex(shares)).toBeCloseTo(index, 12);
});

it('there is no fairness where nobody got anything', () => {
  expect(jainIndex([0, 0])).toBeNull();
  expect(jainIndex([])).toBeNull();
});

it('a request that was sent and is told of nowhere is lost', () => {
  expect(recoveryFigures(recovery({ sent: 5 }), recoveryRequests)).toMatchObject({ sent: 5, failed: 1, lost: 2 });
});

it('a fault that did not come about has no times', () => {
  const never = recovery({ faultNs: null, goneNs: null, clearedNs: null, readyNs: null, answeredNs: null });
  expect(recoveryFigures(never, recoveryRequests)).toMatchObject({ noticedMs: null, readyMs: null, answeredMs: null });
});

it('growth is told from the second unload on, and not from two alone', () => {
  expect(cycleFigures([])).toBeNull();
  expect(cycleFigures([cycle(0, 10), cycle(1, 20)])).toMatchObject({ growthBytes: null, growthPerCycleBytes: null });
  expect(cycleFigures([cycle(0, 10), cycle(1, 20), cycle(2, 26)])).toMatchObject({ growthPerCycleBytes: 6 });
});
