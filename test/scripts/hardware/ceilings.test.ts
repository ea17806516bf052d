import { describe, expect, it } from 'vitest';
import { arithmeticCeiling, bandwidthCeiling } from '../../../scripts/hardware/ceilings.ts';
import { measuredRate, measuredRead } from './measurements.ts';

const mebibyte = 2 ** 20;
const measured = [
  measuredRead(80e9, { threads: 1, workingSetBytes: mebibyte }),
  measuredRead(150e9, { threads: 4, workingSetBytes: mebibyte }),
  measuredRead(60e9, { threads: 1, workingSetBytes: 16 * mebibyte }),
  measuredRead(110e9, { threads: 4, workingSetBytes: 16 * mebibyte }),
  measuredRead(15e9, { threads: 1, workingSetBytes: 128 * mebibyte }),
  measuredRead(40e9, { threads: 4, workingSetBytes: 128 * mebibyte }),
  measuredRead(42e9, { threads: 4, workingSetBytes: null, method: 'PyTorch, sum' }),
  measuredRead(3000e9, { device: 'cuda', threads: null, workingSetBytes: null }),
  measuredRate('copy_bandwidth', 3200e9, { device: 'cuda', threads: null }),
  measuredRate('f32_arithmetic', 50e9, { threads: 1 }),
  measuredRate('f32_arithmetic', 170e9, { threads: 4 }),
  measuredRate('int8_arithmetic', 350e9, { threads: 4 }),
];
const bandwidth = (workingSetBytes: number, threads: number | null = 4, device = 'cpu') =>
  bandwidthCeiling(measured, { device, threads, workingSetBytes, lastCacheBytes: 32 * mebibyte });

describe('the bandwidth that bounds a run', () => {
  it.each([
    ['a model beyond the caches', 1e9, 4, 42e9, 'memory'],
    ['the same with one thread', 1e9, 1, 15e9, 'memory'],
    ['two threads: at most twice one', 1e9, 2, 30e9, 'memory'],
    ['more threads than were measured', 1e9, 16, 42e9, 'memory'],
    ['threads unknown', 1e9, null, 42e9, 'memory'],
    ['a model in the cache', 3 * mebibyte, 4, 150e9, 'cache'],
    ['one that nearly fills it', 31 * mebibyte, 4, 110e9, 'cache'],
    ['one that is hardly larger', 40 * mebibyte, 4, 110e9, 'memory'],
    ['one smaller than anything measured', 1000, 1, 80e9, 'cache'],
  ] as const)('%s', (_, bytes, threads, perSecond, level) => {
    expect(bandwidth(bytes, threads)).toMatchObject({ perSecond, level });
  });

  it('of a graphics device is the greater of reading and copying, and has no cache level', () => {
    expect(bandwidth(1e6, 4, 'cuda')).toMatchObject({ perSecond: 3200e9, level: 'memory' });
  });

  it('is unknown for a device that nothing measured', () => {
    expect(bandwidth(1e9, 4, 'vulkan')).toBeNull();
    expect(bandwidthCeiling([], { device: 'cpu', threads: 1, workingSetBytes: 1e9, lastCacheBytes: 0 })).toBeNull();
  });

  it('names with what it was measured', () => {
    expect(bandwidth(1e9, 4)?.method).toBe('PyTorch, sum');
  });
});

describe('the arithmetic that bounds a run', () => {
  const arithmetic = (bitsPerWeight: number, threads = 4, device = 'cpu') =>
    arithmeticCeiling(measured, { device, threads, bitsPerWeight });

  it.each([
    ['32-bit weights: F32', 32, 4, 170e9, 'f32'],
    ['8-bit weights may be multiplied as integers', 8.5, 4, 350e9, 'int8'],
    ['one thread', 32, 1, 50e9, 'f32'],
    ['no faster than so many times one thread', 32, 2, 100e9, 'f32'],
  ] as const)('%s', (_, bits, threads, perSecond, numbers) => {
    expect(arithmetic(bits, threads)).toMatchObject({ perSecond, numbers });
  });

  it('is unknown where none was measured', () => expect(arithmetic(16, 4, 'cuda')).toBeNull());
});
