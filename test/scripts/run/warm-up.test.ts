/** Engines of which it is known when they are warm, on a clock of their own. */
import { describe, expect, it } from 'vitest';
import { type Gap, relativeGaps } from '../../../scripts/results/figures/decode-pieces.ts';
import { warmUp, warmUpDoubt } from '../../../scripts/run/warm-up.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';

const limits = { seconds: 1, atMostSeconds: 20, atMostTries: 5000, change: 0.01 };
const promptNs = 2e6;

/** Answers of 1 to 40 tokens; each token's time follows from how many came before it. */
function simulatedEngine(nsOfToken: (token: number, random: () => number) => number, seed = 1) {
  const random = seededRandom(seed);
  const clock = { ns: 0 };
  let decoded = 0;
  return {
    decoded: () => decoded,
    work: {
      now: () => clock.ns,
      async attempt(answer: number) {
        const length = Math.floor(random() * 40);
        clock.ns += promptNs;
        const gaps: Gap[] = Array.from({ length }, (_, i) => {
          const ns = nsOfToken(decoded++, random);
          clock.ns += ns;
          return { answer, step: i + 1, ns };
        });
        return { answer, gaps, tokens: length, ns: gaps.reduce((sum, { ns }) => sum + ns, 0) };
      },
      paces: (tries: ReadonlyArray<{ answer: number; gaps: Gap[] }>, from: number) =>
        relativeGaps(
          tries.flatMap(({ gaps }) => gaps),
          ({ answer }) => answer >= from,
        ),
    },
  };
}

/** Uniform within a fifth of the time, up and down. */
const noisy = (ns: number, random: () => number) => ns * (0.8 + 0.4 * random());

describe('an engine', () => {
  it.each([0.3, 1, 4])(
    'that halves its time per token over its first 1,000 tokens, from %d ms, is not measured before',
    async (ms) => {
      const engine = simulatedEngine((token, random) =>
        noisy(ms * 1e6 * (1 - 0.5 * Math.min(1, token / 1000)), random),
      );
      const done = await warmUp('auto', engine.work, limits);
      expect(done.ended).toBe('quiet');
      expect(engine.decoded()).toBeGreaterThan(1000);
      expect(done.tokens).toBe(engine.decoded());
      expect(done.workNs).toBeGreaterThanOrEqual(1e9);
      expect(warmUpDoubt(done)).toBeNull();
    },
  );

  it('that becomes faster all at once after 3,000 tokens is warm after that', async () => {
    const engine = simulatedEngine((token, random) => noisy(token < 3000 ? 0.5e6 : 0.4e6, random));
    // The first second ends at 2,000 tokens: nothing is to be seen yet, and only the measured run can tell.
    expect((await warmUp('auto', engine.work, limits)).tokens).toBeLessThan(3000);
    const patient = simulatedEngine((token, random) => noisy(token < 3000 ? 0.5e6 : 0.4e6, random));
    const done = await warmUp('auto', patient.work, { ...limits, seconds: 2 });
    expect(done.ended).toBe('quiet');
    expect(patient.decoded()).toBeGreaterThan(4000);
  });

  it('that never stops becoming faster ends at the cap of time, with a doubt that says so', async () => {
    const engine = simulatedEngine((token, random) => noisy(2e6 / Math.sqrt(1 + token / 1000), random));
    const done = await warmUp('auto', engine.work, limits);
    expect(done.ended).toBe('cap');
    expect(done.durationNs).toBeGreaterThanOrEqual(20e9);
    expect(done.durationNs).toBeLessThan(22e9);
    expect(warmUpDoubt(done)).toMatch(/^after \d+ warm-ups in 2\d\.\d s the engine still became \d+\.\d % faster/);
  });

  it('that decodes nothing ends at the cap of tries', async () => {
    const engine = simulatedEngine(() => 0);
    const done = await warmUp('auto', engine.work, { ...limits, atMostTries: 50 });
    expect(done).toMatchObject({ ended: 'cap', tries: 50, change: null, workNs: 0 });
    expect(warmUpDoubt(done)).toMatch(/could not be told yet/);
  });

  it('of constant speed and noise is warm after its first second in 9 of 10 runs', async () => {
    const firstLook = await Promise.all(
      Array.from({ length: 200 }, async (_, seed) => {
        const engine = simulatedEngine((_token, random) => noisy(0.5e6, random), seed + 1);
        const { ended, workNs } = await warmUp('auto', engine.work, limits);
        return ended === 'quiet' && workNs < 1.1e9;
      }),
    );
    expect(firstLook.filter(Boolean).length / 200).toBeGreaterThan(0.9);
  });

  it('whose answers take seconds is warm when a second answer is like the first', async () => {
    const clock = { ns: 0 };
    const gapsOf = (answer: number) =>
      Array.from({ length: 127 }, (_, i) => ({ answer, step: i + 1, ns: 15e6 + i * 1e4 }));
    const done = await warmUp(
      'auto',
      {
        now: () => clock.ns,
        attempt: async (answer) => {
          clock.ns += 2e9;
          return { answer, gaps: gapsOf(answer), tokens: 127, ns: 2e9 };
        },
        paces: (tries, from) =>
          relativeGaps(
            tries.flatMap(({ gaps }) => gaps),
            ({ answer }) => answer >= from,
          ),
      },
      limits,
    );
    // One answer alone grows slower with its length: there is nothing to hold it against.
    expect(done).toMatchObject({ ended: 'quiet', tries: 2 });
  });
});

describe('repetitions', () => {
  const repeated = (rates: readonly number[]) => {
    let ns = 0;
    return warmUp(
      'auto',
      {
        now: () => ns,
        attempt: async (i) => {
          const duration = (rates[i] ?? rates.at(-1) ?? 0) * 1e6;
          ns += duration;
          return { tokens: 128, ns: duration };
        },
        paces: (tries, from) => tries.slice(from).map((one) => one.ns),
      },
      limits,
    );
  };

  it('of seconds are warm when two are alike', async () => {
    expect(await repeated([3000, 2000, 1990])).toMatchObject({ ended: 'quiet', tries: 3 });
  });

  it('of tenths of a second are warm when a second of them shows no trend', async () => {
    expect(await repeated([200, 180, 160, 140, 120, 110, 100, 100])).toMatchObject({ ended: 'quiet', tries: 17 });
    expect(await repeated([100, 101, 99, 100, 102, 98, 100, 101, 99, 100])).toMatchObject({
      ended: 'quiet',
      tries: 10,
    });
  });
});

it('a fixed number of warm-ups is taken as it is', async () => {
  const engine = simulatedEngine(() => 1e6);
  expect(await warmUp(2, engine.work, limits)).toMatchObject({ ended: 'fixed', tries: 2, change: null });
  expect(await warmUp(0, engine.work, limits)).toMatchObject({ ended: 'fixed', tries: 0, tokens: 0 });
});
