import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { describeHost } from '../../../scripts/hardware/host.ts';
import { memoryMeter } from '../../../scripts/measure/memory-meter.ts';
import { MemoryTrack } from '../../../scripts/measure/memory-track.ts';
import type { MemoryRecord } from '../../../scripts/measure/run-log-format.ts';

/** A process whose child holds 100 MB. */
async function parentOfLargeChild() {
  const child = `const held = Buffer.alloc(100e6, 1); console.log(held.length); setInterval(() => {}, 1000)`;
  const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }); setInterval(() => {}, 1000)`;
  const started = spawn(process.execPath, ['-e', parent], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  await once(started.stdout, 'data');
  const { pid } = started;
  if (pid === undefined) throw new Error('the process did not start');
  return { pid, end: () => process.kill(-pid, 'SIGKILL') };
}

describe('memory', () => {
  it.each([{ platform: process.platform }, { platform: 'darwin' as const }])(
    'of a process counts its children, as read on $platform',
    async ({ platform }) => {
      const { pid, end } = await parentOfLargeChild();
      try {
        const { residentBytes } = await memoryMeter(platform).read(pid);
        expect(residentBytes).toBeGreaterThan(100e6);
        expect(residentBytes).toBeLessThan(600e6);
      } finally {
        end();
      }
    },
  );

  it('of a process that is gone is nothing', async () => {
    expect(await memoryMeter().read(2 ** 22 - 7)).toEqual({ residentBytes: 0 });
  });

  it('is tracked from the baseline to the peak', async () => {
    const readings = [100, 300, 200, 250];
    const written: MemoryRecord[] = [];
    const glance = async () => readings.shift() ?? 0;
    const meter = { name: 'paper', glance, read: async () => ({ residentBytes: await glance() }) };
    const track = new MemoryTrack(
      meter,
      () => 7,
      1,
      (record) => written.push(record),
    );
    await track.take('baseline');
    await track.take('loaded', { weightsBytes: 50 });
    await track.finish({ contextBytes: 9 });
    expect(written.map(({ moment, residentBytes }) => [moment, residentBytes])).toEqual([
      ['baseline', 100],
      ['loaded', 300],
      ['peak', 300],
    ]);
    expect(written[1]).toMatchObject({ weightsBytes: 50, meter: 'paper' });
    expect(written[2]).toMatchObject({ contextBytes: 9 });
  });
});

describe('the host', () => {
  it('is described by what changes numbers', async () => {
    const host = await describeHost(false);
    expect(host.physicalCores).toBeGreaterThanOrEqual(1);
    expect(host.physicalCores).toBeLessThanOrEqual(host.logicalCores);
    expect(host.memoryBytes).toBeGreaterThan(1e8);
    expect(host.cpuModel).not.toBe('');
    expect(host.anonymized).toBe(false);
  });
});
