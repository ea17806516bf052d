/** How large the last cache is, where the system tells and where only the bandwidth does. */
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../scripts/log/hardware/hardware-log-format.ts';
import { lastCacheTold } from '../../../scripts/machine/cache-sizes.ts';
import { lastCacheOf } from '../../../scripts/results/hardware/last-cache.ts';
import { simulatedMachine } from '../../fakes/simulated-machine.ts';
import { measuredRead } from './measurements.ts';

const mebibyte = 2 ** 20;

function caches(last: Machine['caches']['last'], l3: number | null = null): Pick<Machine, 'caches'> {
  return { caches: { l1Data: null, l1Instruction: null, l2: null, l3, ...(last === undefined ? {} : { last }) } };
}

/** A ladder from 256 KiB up: rates in GB/s. */
const ladder = (rates: readonly number[], threads = 1) =>
  rates.map((rate, i) => measuredRead(rate * 1e9, { threads, workingSetBytes: (mebibyte / 4) * 2 ** i }));

/** As measured on two cores with a third-level cache of 32 MiB; 256 KiB to 128 MiB. */
const measuredHere = [74.3, 74.3, 73.3, 73.5, 73.9, 73.5, 62.1, 33.1, 30.3, 28.4];

describe('the last cache', () => {
  it('that the system tells is one for each group of cores: a thread fills that of its group', () => {
    const machine = caches({ level: 3, bytesEach: 32 * mebibyte, instances: 8, toldBy: '/sys' });
    const sizes = [1, 2, 64, null].map((threads) => lastCacheOf(machine, [], threads)?.fitsBytes);
    expect(sizes).toEqual([32, 64, 256, 256].map((size) => size * mebibyte));
  });

  it('of older logs is what they had of the third level', () => {
    expect(lastCacheOf(caches(undefined, 8e6), [], 4)).toMatchObject({ fitsBytes: 8e6, from: 'the system' });
  });

  it('that a virtual machine hides is seen where the bandwidth falls', () => {
    const hidden = caches({ level: 2, bytesEach: mebibyte, instances: 2, toldBy: '/sys' });
    expect(lastCacheOf(hidden, ladder(measuredHere), 1)).toEqual({
      fitsBytes: 16 * mebibyte,
      beyondBytes: 32 * mebibyte,
      from: 'the fall of the bandwidth',
    });
    expect(lastCacheOf(caches(null), ladder(measuredHere), 1)).toMatchObject({ fitsBytes: 16 * mebibyte });
    // The ladder of other threads says nothing of these.
    expect(lastCacheOf(hidden, ladder(measuredHere), 2)).toBeNull();
  });

  it.each([
    ['nothing falls', new Array(12).fill(30)],
    ['the fall is no larger than noise', [34, 33, 35, 34, 33, 32, 31, 30, 29, 30]],
    ['the fall has not ended', [74, 74, 73, 73, 74, 73, 62, 50, 41, 33]],
    ['what lies beyond it was hardly measured', [74, 74, 74, 74, 74, 74, 74, 74, 30, 29]],
    ['nothing was measured', []],
  ])('is unknown where %s', (_, rates) => {
    expect(lastCacheOf(caches(null), ladder(rates), 1)).toBeNull();
  });
});

describe('what the system tells', () => {
  const told = (files: Readonly<Record<string, string>>, l2: number | null = null, l3: number | null = null) => {
    const machine = simulatedMachine();
    for (const [path, text] of Object.entries(files)) machine.file(path, text);
    return lastCacheTold({ l2, l3, root: machine.host.root });
  };
  const index = (cpu: number, number: number, level: number, size: string, shared: string, type = 'Unified') => ({
    [`sys/devices/system/cpu/cpu${cpu}/cache/index${number}/level`]: `${level}\n`,
    [`sys/devices/system/cpu/cpu${cpu}/cache/index${number}/size`]: `${size}\n`,
    [`sys/devices/system/cpu/cpu${cpu}/cache/index${number}/shared_cpu_list`]: `${shared}\n`,
    [`sys/devices/system/cpu/cpu${cpu}/cache/index${number}/type`]: `${type}\n`,
  });

  it('in /sys counts the groups of cores that share one', () => {
    const files = [0, 1, 2, 3].map((cpu) => ({
      ...index(cpu, 1, 1, '32K', String(cpu), 'Instruction'),
      ...index(cpu, 2, 2, '1024K', String(cpu)),
      ...index(cpu, 3, 3, '32768K', cpu < 2 ? '0-1' : '2-3'),
    }));
    expect(told(Object.assign({}, ...files))).toEqual({
      level: 3,
      bytesEach: 32 * mebibyte,
      instances: 2,
      toldBy: '/sys',
    });
  });

  it('elsewhere is what systeminformation has, then what /proc/cpuinfo has of Intel', () => {
    const second = index(0, 2, 2, '2M', '0');
    expect(told(second, 2 * mebibyte, 8 * mebibyte)).toMatchObject({ bytesEach: 8 * mebibyte, level: 3 });
    const intel = { 'proc/cpuinfo': 'vendor_id\t: GenuineIntel\ncache size\t: 36608 KB\n' };
    expect(told({ ...second, ...intel }, 2 * mebibyte)).toMatchObject({ level: 3, bytesEach: 36_608 * 1024 });
    // AMD's figure there is the second level of a core.
    const amd = { 'proc/cpuinfo': 'vendor_id\t: AuthenticAMD\ncache size\t: 36608 KB\n' };
    expect(told({ ...second, ...amd }, 2 * mebibyte)).toMatchObject({ level: 2, bytesEach: 2 * mebibyte });
    expect(told({})).toBeNull();
  });
});
