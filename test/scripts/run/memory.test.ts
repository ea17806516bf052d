import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { MemoryRecord } from '../../../scripts/log/run-log-format.ts';
import { describeHost } from '../../../scripts/machine/facts/host.ts';
import { type MemoryMeter, type MemoryReading, memoryMeter } from '../../../scripts/run/memory-meter.ts';
import { MemoryTrack } from '../../../scripts/run/memory-track.ts';
import { PhasePeak } from '../../../scripts/run/phase-peak.ts';
import { notOnLinux, skipped } from '../../fakes/skipped.ts';

const linux = !skipped(notOnLinux, 'memory in files, and spikes between two samples: need Linux');

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

/** Allocates as many megabytes as a line on its stdin says, gives them back at once, and answers. */
const spiking = {
  node: [
    process.execPath,
    '-e',
    `process.stdin.on('data', (line) => {
       Buffer.alloc(Number(line) * 2 ** 20, 1);
       setTimeout(() => { globalThis.gc(); setTimeout(() => console.log('done'), 50); }, 10);
     });
     console.log('up')`,
  ],
  python: [
    'python3',
    '-c',
    `import sys
print("up", flush=True)
for line in sys.stdin:
    held = b"1" * (int(line) * 2**20)
    del held
    print("done", flush=True)`,
  ],
};

async function spikingProcess(host: keyof typeof spiking) {
  const [command = '', ...rest] = spiking[host];
  const child: ChildProcess = spawn(command, host === 'node' ? ['--expose-gc', ...rest] : rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const { pid, stdin, stdout } = child;
  if (pid === undefined || stdin === null || stdout === null) throw new Error('the process did not start');
  const lines = createInterface({ input: stdout });
  await once(lines, 'line');
  return {
    pid,
    async spike(mebibytes: number) {
      stdin.write(`${mebibytes}\n`);
      await once(lines, 'line');
    },
  };
}

/** The track of a process, with what it wrote. Its own samples are so rare that none falls into a test. */
function trackOf(pid: number, change: Partial<MemoryMeter> = {}, tokenizerPid: number | null = null) {
  const written: MemoryRecord[] = [];
  let ns = 0;
  const track = new MemoryTrack({
    meter: { ...memoryMeter(), everyMs: 60_000, ...change },
    now: () => ++ns,
    engine: { pid, tokenizerPid },
    write: (...records) => written.push(...records),
  });
  onTestFinished(() => track[Symbol.dispose]());
  const at = (moment: MemoryRecord['moment']) => {
    const found = written.find((record) => record.moment === moment);
    if (found === undefined) throw new Error(`no record of ${moment}`);
    return found;
  };
  return { track, written, at };
}

const megabytes = (record: MemoryRecord) => record.residentBytes / 2 ** 20;

/** A meter that reads what is written here. */
function paperMeter(readings: MemoryReading[]): MemoryMeter {
  const glance = async () => readings.shift() ?? { residentBytes: 0, members: [] };
  return { name: 'paper', everyMs: 60_000, glance, read: glance, resetHighWater: () => {} };
}

const one = (residentBytes: number, highWaterBytes?: number): MemoryReading => ({
  residentBytes,
  members: [{ pid: 1, residentBytes, ...(highWaterBytes === undefined ? {} : { highWaterBytes }) }],
});

describe('memory', () => {
  it.each([{ platform: process.platform }, { platform: 'darwin' as const }])(
    'of a process counts its children, as read on $platform',
    async ({ platform }) => {
      const { pid, end } = await parentOfLargeChild();
      try {
        const { residentBytes, members } = await memoryMeter(platform).read(pid);
        expect(residentBytes).toBeGreaterThan(100e6);
        expect(residentBytes).toBeLessThan(600e6);
        expect(members).toHaveLength(2);
      } finally {
        end();
      }
    },
  );

  it('of a process that is gone is nothing', async () => {
    expect(await memoryMeter().read(2 ** 22 - 7)).toEqual({ residentBytes: 0, members: [] });
  });

  it.runIf(linux)('is told apart by what lies in files', async () => {
    const { pid } = await spikingProcess('node');
    const { residentBytes, anonymousBytes = 0 } = await memoryMeter().glance(pid);
    expect(anonymousBytes).toBeGreaterThan(1e6);
    expect(anonymousBytes).toBeLessThan(residentBytes);
  });
});

describe.runIf(linux).each(['node', 'python'] as const)('a spike between two samples of a %s process', (host) => {
  it('during the load is the peak of the load, and not of inference', async () => {
    const { pid, spike } = await spikingProcess(host);
    const { track, written, at } = trackOf(pid);
    await track.start();
    await track.end('framework');
    await spike(200);
    await track.end('loaded');
    await track.note('sample');
    await track.end('end');
    const base = megabytes(at('framework'));
    expect(written.filter(({ moment }) => !moment.endsWith('peak')).every((r) => megabytes(r) < base + 60)).toBe(true);
    expect(megabytes(at('import_peak'))).toBeLessThan(base + 60);
    expect(megabytes(at('load_peak'))).toBeGreaterThan(base + 190);
    expect(megabytes(at('inference_peak'))).toBeLessThan(base + 60);
    expect(at('peak').residentBytes).toBe(at('load_peak').residentBytes);
    expect(at('peak').atMostBytes).toBe(at('peak').residentBytes);
  });

  it('during inference is the peak of inference, and not of the load', async () => {
    const { pid, spike } = await spikingProcess(host);
    const { track, at } = trackOf(pid);
    await track.start();
    await track.end('framework');
    await track.end('loaded');
    await spike(200);
    await track.end('end');
    const base = megabytes(at('framework'));
    expect(megabytes(at('load_peak'))).toBeLessThan(base + 60);
    expect(megabytes(at('inference_peak'))).toBeGreaterThan(base + 190);
    expect(at('peak').residentBytes).toBe(at('inference_peak').residentBytes);
  });

  it('is seen in the peak where marks cannot be reset, and what it hides is said', async () => {
    const { pid, spike } = await spikingProcess(host);
    const { track, at } = trackOf(pid, { resetHighWater: () => {} });
    await track.start();
    await track.end('framework');
    await spike(200);
    await track.end('loaded');
    await spike(100);
    await track.end('end');
    const base = megabytes(at('framework'));
    expect(megabytes(at('load_peak'))).toBeGreaterThan(base + 190);
    // The 100 lie below the old mark: somewhere between the samples and that mark.
    expect(megabytes(at('inference_peak'))).toBeLessThan(base + 60);
    expect(at('inference_peak').atMostBytes).toBe(at('load_peak').residentBytes);
    expect(at('peak')).toMatchObject({
      residentBytes: at('load_peak').residentBytes,
      atMostBytes: at('load_peak').residentBytes,
    });
  });
});

describe('the track of memory', () => {
  it('has every moment, and the tokenizer beside the engine', async () => {
    const { pid } = await spikingProcess('node');
    const lender = await spikingProcess('node');
    const { track, written } = trackOf(pid, {}, lender.pid);
    await track.start();
    await track.end('framework');
    await track.end('loaded', { weightsBytes: 50, deviceBytes: 70 });
    await track.note('warm');
    await track.end('end', { contextBytes: 9 });
    const moments = written.map(({ moment }) => moment);
    expect(moments).toEqual([
      ...['baseline', 'framework', 'import_peak', 'loaded', 'load_peak'],
      ...['warm', 'end', 'inference_peak', 'peak'],
    ]);
    const [loaded, warm, end, , peak] = written.slice(3).filter(({ moment }) => moment !== 'load_peak');
    expect(loaded).toMatchObject({ weightsBytes: 50, deviceBytes: 70, meter: memoryMeter().name });
    expect(end).toMatchObject({ contextBytes: 9 });
    expect(warm?.tokenizerBytes).toBeGreaterThan(20e6);
    expect(peak?.residentBytes).toBeLessThan(100e6);
  });

  it('has samples between the moments', async () => {
    const { pid } = await spikingProcess('node');
    const { track, written } = trackOf(pid, { everyMs: 20 });
    await track.start();
    await sleep(200);
    await track.end('framework');
    expect(written.filter(({ moment }) => moment === 'sample').length).toBeGreaterThan(2);
    const { length } = written;
    track[Symbol.dispose]();
    await sleep(60);
    // The peak of a load that never ended.
    expect(written.slice(length).map(({ moment }) => moment)).toEqual(['load_peak', 'peak']);
  });

  it('of a run that broke off has the peaks as far as they were seen', async () => {
    const meter = paperMeter([
      one(100, 100),
      one(100, 100),
      one(120, 130),
      one(120, 120),
      one(150, 900),
      one(150, 150),
    ]);
    const { track, written } = trackOf(1, meter);
    await track.start();
    await track.end('framework');
    await track.note('sample');
    track[Symbol.dispose]();
    expect(written.map(({ moment, residentBytes }) => [moment, residentBytes])).toEqual([
      ...[
        ['baseline', 100],
        ['framework', 120],
        ['import_peak', 130],
        ['sample', 150],
      ],
      ...[
        ['load_peak', 900],
        ['peak', 900],
      ],
    ]);
  });

  it('takes the mark that a process tells of itself where the system tells none', async () => {
    const meter = paperMeter([one(100), one(100), one(120), one(120), one(300), one(300), one(310)]);
    const { track, at } = trackOf(1, meter);
    await track.start();
    await track.end('framework');
    await track.end('loaded', { maxResidentBytes: 800 });
    await track.end('end', { maxResidentBytes: 800 });
    expect(at('load_peak')).toMatchObject({ residentBytes: 800, atMostBytes: 800 });
    expect(at('inference_peak')).toMatchObject({ residentBytes: 310, atMostBytes: 800 });
    expect(at('loaded')).not.toHaveProperty('maxResidentBytes');
  });

  it('says of a peak without any mark no upper bound', async () => {
    const meter = paperMeter([one(100), one(100), one(120), one(120), one(300), one(300), one(310)]);
    const { track, at } = trackOf(1, meter);
    await track.start();
    await track.end('framework');
    await track.end('loaded');
    await track.end('end');
    expect(at('peak').residentBytes).toBe(310);
    expect(at('peak')).not.toHaveProperty('atMostBytes');
  });
});

describe('the peak of a phase', () => {
  const tree = (...members: Array<[pid: number, residentBytes: number, highWaterBytes: number]>): MemoryReading => ({
    residentBytes: members.reduce((sum, [, residentBytes]) => sum + residentBytes, 0),
    members: members.map(([pid, residentBytes, highWaterBytes]) => ({ pid, residentBytes, highWaterBytes })),
  });

  it.each([
    ['one process, its mark', [tree([1, 10, 10]), tree([1, 12, 50])], 50, 50],
    ['one process, steady', [tree([1, 10, 10]), tree([1, 10, 10])], 10, 10],
    ['a mark that was not reset', [tree([1, 10, 90]), tree([1, 12, 90])], 12, 90],
    ['a mark above one that was not reset', [tree([1, 10, 90]), tree([1, 12, 95])], 95, 95],
    ['two, one of them steady', [tree([1, 10, 10], [2, 20, 20]), tree([1, 12, 50], [2, 20, 20])], 70, 70],
    // 50 + 20 or 10 + 60 for certain; both at once at most.
    ['two that both rose', [tree([1, 10, 10], [2, 20, 20]), tree([1, 10, 50], [2, 20, 60])], 70, 110],
    ['a child that came', [tree([1, 10, 10]), tree([1, 10, 10], [2, 30, 40])], 50, 50],
    ['a child that went', [tree([1, 10, 10], [2, 30, 30]), tree([1, 10, 10])], 40, 40],
    ['a tree that is gone', [tree([1, 10, 10]), tree([1, 12, 50]), tree()], 50, 50],
  ] as const)('of %s', (_, [first, ...readings], residentBytes, atMostBytes) => {
    const peak = new PhasePeak(first, 0);
    for (const [i, reading] of readings.entries()) peak.add(reading, i + 1);
    expect(peak.found()).toMatchObject({ residentBytes, atMostBytes });
  });

  it('is dated by the first reading that shows it', () => {
    const peak = new PhasePeak(tree([1, 10, 10]), 5);
    expect(peak.found().atNs).toBe(5);
    peak.add(tree([1, 10, 50]), 6);
    peak.add(tree([1, 10, 50]), 7);
    expect(peak.found().atNs).toBe(6);
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
