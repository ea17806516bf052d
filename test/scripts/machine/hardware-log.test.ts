import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createHardwareLog,
  freshHardwareLog,
  hasThreads,
  readHardwareLog,
} from '../../../scripts/log/hardware/hardware-log.ts';
import type { HardwareHeader, Measured } from '../../../scripts/log/hardware/hardware-log-format.ts';
import { describeHost, usableHere } from '../../../scripts/machine/facts/host.ts';
import { script } from '../../fakes/script.ts';
import { aHost, hardwareHeader, hardwareRecords, linesOfHardware, measuredRate, measuredRead } from './measurements.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tokenlap-hardware-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

let number = 0;

function logIn(
  output: string,
  header: Partial<HardwareHeader> = {},
  end = true,
  measured: readonly Measured[] = [measuredRead(30e9)],
): string {
  const uuid = `10000000-0000-4000-8000-${String(++number).padStart(12, '0')}`;
  const records = hardwareRecords({ uuid, ...header }, measured);
  mkdirSync(join(output, 'raw/hardware'), { recursive: true });
  writeFileSync(join(output, `raw/hardware/${uuid}.txt`), linesOfHardware(end ? records : records.slice(0, -1)));
  return uuid;
}

describe('the log of a hardware benchmark', () => {
  it('is read as it was written, record by record', () => {
    const output = folder();
    const log = createHardwareLog(output, hardwareHeader({ host: { ...aHost, hostname: 'a host/é' } }));
    expect(log.path).toContain(join('raw', 'hardware', 'a-host-'));
    log.write({ type: 'measurement', ...measuredRead(30e9) });
    log.write({ type: 'not_measured', what: 'disk_read', device: 'cpu', reason: 'no room' });
    log.write({ type: 'end', status: 'completed', durationMs: 1 });
    expect(readHardwareLog(log.path)).toMatchObject({
      header: { host: { hostname: 'a host/é' } },
      machine: null,
      measurements: [{ quantity: 'read_bandwidth', value: 30e9 }],
      notMeasured: [{ reason: 'no room' }],
      end: { status: 'completed' },
      brokenLines: [],
    });
  });

  it('names lines that are no records, and a file that is none at all is no log', () => {
    const output = folder();
    const { path } = createHardwareLog(output, hardwareHeader());
    appendFileSync(path, '{"type":"measurement"}\nnonsense\n');
    expect(readHardwareLog(path)?.brokenLines).toEqual([2, 3]);
    const other = join(output, 'other.txt');
    writeFileSync(other, '{"type":"header","schema":"tokenlap.run/1"}\n');
    expect(readHardwareLog(other)).toBeNull();
  });
});

describe('a benchmark stands for a day', () => {
  const now = Date.parse('2026-03-02T10:00:00.000Z');
  const uuidOfFresh = (output: string) => freshHardwareLog(output, aHost, now)?.header.uuid ?? null;

  it('of several the newest', () => {
    const output = folder();
    logIn(output, { startedAt: '2026-03-02T08:00:00.000Z' });
    const newest = logIn(output, { startedAt: '2026-03-02T09:00:00.000Z' });
    logIn(output, { startedAt: '2026-03-02T07:00:00.000Z' });
    expect(uuidOfFresh(output)).toBe(newest);
  });

  it('not when it is older, of another host or processor, or was broken off', () => {
    const output = folder();
    expect(uuidOfFresh(output)).toBeNull();
    logIn(output, { startedAt: '2026-03-01T09:59:00.000Z' });
    logIn(output, { startedAt: '2026-03-02T09:00:00.000Z', host: { ...aHost, hostname: 'other' } });
    logIn(output, { startedAt: '2026-03-02T09:00:00.000Z', host: { ...aHost, cpuModel: 'Other CPU' } });
    logIn(output, { startedAt: '2026-03-02T09:00:00.000Z' }, false);
    expect(uuidOfFresh(output)).toBeNull();
  });
});

it('a benchmark of one thread, as the start makes it, does not stand for that of all', () => {
  const measurements = [measuredRead(30e9, { threads: 1 })];
  expect([1, 2].map((threads) => hasThreads({ measurements }, threads))).toEqual([true, false]);
  // It reads, and does no more: on a machine with one core the whole benchmark is still to come.
  expect(hasThreads({ measurements }, 1, 'triad_bandwidth')).toBe(false);
});

it('the script shows a benchmark of today without measuring again', async () => {
  const output = folder();
  const { cores } = await usableHere();
  const header = { startedAt: new Date().toISOString(), host: await describeHost(false) };
  const uuid = logIn(
    output,
    header,
    true,
    [1, cores].flatMap((threads) => [
      measuredRead(30e9, { threads }),
      measuredRate('triad_bandwidth', 30e9, { threads }),
    ]),
  );
  const shown = await script('scripts/hardware-benchmark.ts', ['--output', output]);
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(/memory, read +cpu +1 +30\.0 GB\/s/);
  expect(shown.stderr).toContain('--refresh measures again');
  const json = await script('scripts/hardware-benchmark.ts', ['--output', output, '--json']);
  expect(JSON.parse(json.stdout).header.uuid).toBe(uuid);
});
