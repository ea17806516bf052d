import { describe, expect, it } from 'vitest';
import { timing } from '../../../../scripts/machine/ceilings/timing.ts';
import { type MachineSources, machineOf } from '../../../../scripts/machine/facts/machine.ts';

const workstation: MachineSources = {
  processor: {
    manufacturer: 'AMD',
    brand: 'Ryzen 9 7950X',
    processors: 1,
    speed: 4.5,
    cache: { l1d: 524_288, l1i: 524_288, l2: 16_777_216, l3: 67_108_864 },
  },
  memory: { total: 64e9, available: 60e9, swaptotal: 0 },
  modules: [
    { size: 32e9, type: 'DDR5', clockSpeed: 5200 },
    { size: 32e9, type: 'DDR5', clockSpeed: 5200 },
    { size: 0, type: 'Empty', clockSpeed: 0 },
  ],
  cards: [
    { model: 'NVIDIA GeForce RTX 4090', vendor: 'NVIDIA', vram: 24_564, driverVersion: '550.54' },
    { model: 'VMware SVGA II Adapter', vendor: 'VMware', vram: 4 },
  ],
  system: { distro: 'Debian GNU/Linux', release: '12', kernel: '6.1.0' },
  computer: { virtual: false },
  hypervisor: null,
  powerSource: 'mains',
  root: '/nowhere',
};

describe('what a machine is', () => {
  it('has its caches, modules and cards, without those that are emulated or empty', () => {
    const machine = machineOf(workstation);
    expect(machine.caches.l3).toBe(67_108_864);
    expect(machine.caches.last).toEqual({
      level: 3,
      bytesEach: 67_108_864,
      instances: 1,
      toldBy: 'systeminformation',
    });
    expect(machine.memory).toMatchObject({ kind: 'DDR5', megatransfersPerSecond: 5200, modules: 2 });
    expect(machine.gpus).toEqual([
      { name: 'NVIDIA GeForce RTX 4090', vendor: 'NVIDIA', memoryBytes: 24_564 * 2 ** 20, driver: '550.54' },
    ]);
    expect(machine.virtual).toBeNull();
  });

  it('says that it does not know, where the system does not tell', () => {
    const machine = machineOf({
      ...workstation,
      processor: { ...workstation.processor, speed: 0, cache: { l1d: 0, l1i: -1, l2: 1_048_576, l3: 0 } },
      modules: [{ size: 8e9, type: 'RAM', clockSpeed: null }],
      cards: [{ model: 'Apple M2', vendor: 'Apple', vram: null }],
      computer: { virtual: true, virtualHost: 'KVM' },
      powerSource: null,
    });
    expect(machine.processor.gigahertz).toBeNull();
    expect(machine.caches).toMatchObject({ l1Data: null, l1Instruction: null, l2: 1_048_576, l3: null });
    expect(machine.caches.last).toMatchObject({ level: 2, bytesEach: 1_048_576 });
    expect(machine.memory).toMatchObject({ kind: null, megatransfersPerSecond: null });
    expect(machine.gpus).toEqual([{ name: 'Apple M2', vendor: 'Apple', memoryBytes: null, driver: null }]);
    expect(machine.virtual).toBe('KVM');
  });
});

it('timing tells the step of the clock, the longest interruption and the longest oversleeping', () => {
  let now = 0n;
  let readings = 0;
  const figures = timing({
    // A step of 100 ns, a reading without a step now and then, and one interruption of 7 ms.
    readClock: () => {
      readings++;
      now += readings === 1000 ? 7_000_000n : readings % 10 === 0 ? 0n : 100n;
      return now;
    },
    sleep: (durationNs) => {
      now += BigInt(durationNs) + 50_000n;
    },
  });
  const figureOf = (quantity: string) => figures.find((each) => each.quantity === quantity)?.value;
  expect(figureOf('timer_resolution')).toBe(100);
  expect(figureOf('interruption')).toBe(7_000_000);
  expect(figureOf('wake_up_delay')).toBeGreaterThanOrEqual(50_000);
  expect(figureOf('wake_up_delay')).toBeLessThan(51_000);
});
