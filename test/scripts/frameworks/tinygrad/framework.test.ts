import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hybrid } from '../../../../scripts/frameworks/hybrid/framework.ts';
import { tinygrad, tinygradEnvironment } from '../../../../scripts/frameworks/tinygrad/framework.ts';
import { defaultEngineSettings } from '../../../../scripts/settings/settings.ts';

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

it.each([
  [undefined, {}, {}],
  [0, {}, { BEAM: '0' }],
  [2, { TOKENLAP_CACHE: '/cache' }, { BEAM: '2', CACHEDB: join('/cache', 'tinygrad', 'kernel-search.db') }],
  [2, { TOKENLAP_CACHE: '/cache', CACHEDB: '/mine.db' }, { BEAM: '2', CACHEDB: '/mine.db' }],
])('a search with beam %s in an environment of %o sets %o', (tinygradBeam, inherited, expected) => {
  const given = tinygradBeam === undefined ? {} : { framework: { tinygradBeam } };
  expect(tinygradEnvironment({ device: 'auto', threads: 1, ...given }, inherited)).toEqual({
    NUM_CPU_THREADS: '1',
    ...expected,
  });
});

it('searches in the hybrid with the same option', () => {
  const given = { ...defaultEngineSettings, device: 'cpu', framework: { tinygradBeam: 3 } };
  expect(hybrid.environment?.(given)).toMatchObject({ BEAM: '3', NUM_CPU_THREADS: '1' });
  expect(hybrid.options).toEqual(tinygrad.options);
});
