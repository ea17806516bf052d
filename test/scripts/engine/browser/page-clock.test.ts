import { describe, expect, it } from 'vitest';
import { alignPageClock } from '../../../../scripts/engine/browser/browser-page.ts';

/** A page that began 5 s after the harness, and a way to it that takes longer at every other question. */
function world(waysMs: ReadonlyArray<[there: number, back: number]>) {
  let nowMs = 8000;
  let asked = 0;
  return {
    now: () => BigInt(Math.round(nowMs * 1e6)),
    evaluate: async (expression: string) => {
      if (expression !== 'performance.now()') return 0.005;
      const [there, back] = waysMs[asked++ % waysMs.length] ?? [0, 0];
      nowMs += there;
      const reading = nowMs - 5000;
      nowMs += back;
      return reading;
    },
  };
}

describe('the clock of a page', () => {
  it('is found exactly where the way there is as long as the way back', async () => {
    const { evaluate, now } = world([[0.3, 0.3]]);
    expect(await alignPageClock(evaluate, now)).toEqual({
      zeroNs: 5_000_000_000n,
      errorNs: 300_000,
      resolutionNs: 5000,
    });
  });

  it('is off by no more than it says where the ways differ, by the quickest exchange', async () => {
    const { evaluate, now } = world([
      [9, 1],
      [0.1, 0.5],
      [2, 0.1],
    ]);
    const { zeroNs, errorNs } = await alignPageClock(evaluate, now);
    expect(errorNs).toBe(300_000);
    expect(Math.abs(Number(zeroNs - 5_000_000_000n))).toBe(200_000);
  });
});
