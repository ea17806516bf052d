import { expect, it } from 'vitest';
import { tinygradEnvironment } from '../../../../scripts/frameworks/tinygrad/framework.ts';

it.each([
  ['cpu', undefined, 'CPU'],
  ['cuda', undefined, 'CUDA'],
  ['rocm', undefined, 'AMD'],
  ['auto', undefined, undefined],
  ['cpu', 'CPU:LLVM', undefined],
  ['cuda', 'nv', undefined],
  ['cpu', 'CUDA', 'CPU'],
])('device %s with DEV=%s in the environment sets DEV to %s', (device, inherited, expected) => {
  expect(tinygradEnvironment({ device, threads: 3 }, { DEV: inherited })).toEqual({
    NUM_CPU_THREADS: '3',
    ...(expected === undefined ? {} : { DEV: expected }),
  });
});
