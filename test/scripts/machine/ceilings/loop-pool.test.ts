import { describe, expect, it } from 'vitest';
import { partsOf, startLoopPool } from '../../../../scripts/machine/ceilings/loop-pool.ts';
import {
  arrayBytesFor,
  cacheBandwidth,
  memoryBandwidth,
  memoryBytesFor,
} from '../../../../scripts/machine/ceilings/processor-ceilings.ts';
import { sampled, sampleRate } from '../../../../scripts/machine/ceilings/timing.ts';
import { haveAgreed } from '../../../../scripts/statistics/agreeing-samples.ts';

const mebibyte = 2 ** 20;

describe('parts of a working set', () => {
  it('are equal, in whole blocks, one behind the other', () => {
    expect(partsOf(1000, 1000, 3)).toEqual([
      { start: 1000, bytes: 256 },
      { start: 1256, bytes: 256 },
      { start: 1512, bytes: 256 },
    ]);
  });
});

describe('arrays beyond the caches', () => {
  it.each<[string, number | null, number, number]>([
    ['four times the last cache', 32 * mebibyte, 64 * 2 ** 30, 128 * mebibyte],
    ['large where the caches are hidden', null, 64 * 2 ** 30, 512 * mebibyte],
    ['never small', 2 * mebibyte, 64 * 2 ** 30, 64 * mebibyte],
    ['what is left of a small memory', 32 * mebibyte, 600 * mebibyte, 50 * mebibyte],
    ['three of them below 4 GiB', 1024 * mebibyte, 512 * 2 ** 30, 1280 * mebibyte],
  ])('are %s', (_, cache, memory, expected) => expect(arrayBytesFor(cache, memory)).toBe(expected));
});

it('the best sample is the figure, the median stands beside it', () => {
  expect(sampled([3, 1, 2])).toEqual({ value: 3, median: 2, samples: 3 });
});

it('samples end when the best agree, when the time is up, and not in its first quarter', async () => {
  /** Passes that take so long, one after the other. */
  const passesOf = (durationOf: (pass: number) => number) => {
    let pass = 0;
    return async (count: number) => Array.from({ length: count }, () => durationOf(pass++));
  };
  const samplesOf = async (durationOf: (pass: number) => number) =>
    (await sampleRate(passesOf(durationOf), 1, 400)).samples;
  const steady = await samplesOf((pass) => 1e6 * (1 + 0.001 * (pass % 3)));
  const noisy = await samplesOf((pass) => 1e6 / 1.01 ** pass);
  expect(steady).toBe(100);
  expect(noisy).toBe(400);
  expect([haveAgreed([1, 2]), haveAgreed([100, 99.5, 99.2, 3]), haveAgreed([100, 99.5, 98])]).toEqual([
    false,
    true,
    false,
  ]);
});

it('threads measure together what is counted', async () => {
  const arrayBytes = mebibyte;
  await using pool = await startLoopPool(2, memoryBytesFor(arrayBytes));
  const durations = await pool.run({
    loop: 'read',
    threads: 2,
    argumentsOf: (thread) => [thread * 4096, 4096],
    repeats: 1,
    passes: 7,
  });
  expect(durations).toHaveLength(7);
  expect(durations.every((duration) => duration > 0)).toBe(true);
  const memory = await memoryBandwidth(pool, arrayBytes, 2);
  expect(memory.map(({ quantity, threads, workingSetBytes }) => [quantity, threads, workingSetBytes])).toEqual([
    ['read_bandwidth', 2, mebibyte],
    ['copy_bandwidth', 2, 2 * mebibyte],
    ['triad_bandwidth', 2, 3 * mebibyte],
  ]);
  const caches = await cacheBandwidth(pool, arrayBytes, 1);
  expect(caches.map(({ workingSetBytes }) => workingSetBytes)).toEqual([mebibyte / 4, mebibyte / 2]);
  expect([...memory, ...caches].every(({ value, median }) => value >= median && median > 0)).toBe(true);
});
