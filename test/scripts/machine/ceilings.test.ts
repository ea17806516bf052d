import { describe, expect, it } from 'vitest';
import { arithmeticCeiling, bandwidthCeiling } from '../../../scripts/results/hardware/ceilings.ts';
import type { LastCache } from '../../../scripts/results/hardware/last-cache.ts';
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
const cache: LastCache = { fitsBytes: 32 * mebibyte, beyondBytes: 32 * mebibyte, from: 'the system' };
const bandwidth = (
  workingSetBytes: number,
  threads: number | null = 4,
  device = 'cpu',
  lastCache: LastCache | null = cache,
) => bandwidthCeiling(measured, { device, threads, workingSetBytes, lastCache });

describe('the bandwidth that bounds a run', () => {
  it.each([
    ['a model beyond the caches', 1e9, 4, 42e9, 'memory'],
    ['the same with one thread', 1e9, 1, 15e9, 'memory'],
    ['a model in the cache', 3 * mebibyte, 4, 150e9, 'cache'],
    ['one that nearly fills it', 31 * mebibyte, 4, 110e9, 'cache'],
    // What was read there lay in the cache for a good part: no bandwidth of the memory.
    ['one that is hardly larger', 40 * mebibyte, 4, 110e9, 'mixed'],
    ['one smaller than anything measured', 1000, 1, 80e9, 'cache'],
  ] as const)('%s', (_, bytes, threads, perSecond, level) => {
    expect(bandwidth(bytes, threads)).toMatchObject({ perSecond, level });
  });

  it.each([
    ['two threads, where one and four were measured', 2],
    ['more threads than were measured', 16],
    ['threads unknown', null],
  ])('is that of the threads of the run and of no others: %s', (_, threads) => {
    expect(bandwidth(1e9, threads)).toBeNull();
  });

  it('has no name where nobody knows how large the cache is, and is a figure all the same', () => {
    expect(bandwidth(1e9, 4, 'cpu', null)).toMatchObject({ perSecond: 42e9, level: null });
    expect(bandwidth(mebibyte, 1, 'cpu', null)).toMatchObject({ perSecond: 80e9, level: null });
  });

  it("over arrays that break STREAM's rule is not called that of the memory", () => {
    const large: LastCache = { fitsBytes: 64 * mebibyte, beyondBytes: 64 * mebibyte, from: 'the system' };
    expect(bandwidth(1e9, 4, 'cpu', large)).toMatchObject({ perSecond: 42e9, level: 'mixed' });
  });

  it('between the last rung that fits and the first that does not is unknown', () => {
    const seen: LastCache = { fitsBytes: 16 * mebibyte, beyondBytes: 32 * mebibyte, from: 'the fall of the bandwidth' };
    const levels = [16, 20, 32, 128].map((size) => bandwidth(size * mebibyte, 4, 'cpu', seen)?.level);
    expect(levels).toEqual(['cache', null, 'mixed', 'memory']);
  });

  it('of a graphics device is the greater of reading and copying, whatever the threads', () => {
    expect(bandwidth(1e9, 4, 'cuda')).toMatchObject({ perSecond: 3200e9, level: 'memory' });
    // A cache of such a size is no memory, and nothing tells whether there is one.
    expect(bandwidth(1e6, 4, 'cuda')).toMatchObject({ perSecond: 3200e9, level: null });
  });

  it('is unknown for a device that nothing measured', () => {
    expect(bandwidth(1e9, 4, 'vulkan')).toBeNull();
    expect(bandwidthCeiling([], { device: 'cpu', threads: 1, workingSetBytes: 1e9, lastCache: null })).toBeNull();
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
  ] as const)('%s', (_, bits, threads, perSecond, numbers) => {
    expect(arithmetic(bits, threads)).toMatchObject({ perSecond, numbers });
  });

  it('is unknown where none was measured on the device, or with so many threads', () => {
    expect(arithmetic(16, 4, 'cuda')).toBeNull();
    expect(arithmetic(32, 2)).toBeNull();
  });
});
