/** Conditions that Linux tells in files, on machines made of files. */
import { describe, expect, it } from 'vitest';
import { battery, rapl } from '../../../../scripts/machine/monitor/energy-meters.ts';
import { clocks, paging, pressure, temperatures, throttling } from '../../../../scripts/machine/monitor/linux.ts';
import type { MonitorHost, MonitorSource, Sampler } from '../../../../scripts/machine/monitor/monitor-source.ts';
import { processorTime } from '../../../../scripts/machine/monitor/processes.ts';
import { monitorSources, openSources } from '../../../../scripts/machine/monitor/system-monitor.ts';
import { simulatedMachine } from '../../../fakes/simulated-machine.ts';

async function opened(source: MonitorSource, host: MonitorHost): Promise<Sampler> {
  const found = await source.open(host);
  if ('absent' in found) throw new Error(found.absent);
  return found.sampler;
}

/** A line of /proc/<pid>/stat with times in ticks of 10 ms. */
const statLine = (pid: number, name: string, times: readonly number[]) =>
  `${pid} (${name}) S 1 1 1 0 -1 4194560 100 0 0 0 ${times.join(' ')} 20 0 1 0 5 1000 200`;

describe('processor time', () => {
  it('is told apart into all work, our own with all descendants, and what was stolen', async () => {
    const machine = simulatedMachine();
    machine.file('proc/stat', 'cpu  1000 50 200 9000 30 7 3 40 500 0\ncpu0 500 25 100 4500 15 3 2 20 250 0\n');
    machine.file('proc/100/stat', statLine(100, 'node (harness) x', [10, 5, 3, 2]));
    machine.file('proc/100/task/100/children', '101 ');
    machine.file('proc/101/stat', statLine(101, 'engine', [200, 40, 0, 0]));
    machine.file('proc/101/task/101/children', '102 ');
    machine.file('proc/102/stat', statLine(102, 'helper', [7, 0, 0, 0]));
    machine.file('proc/102/task/102/children', '');
    machine.file('proc/200/stat', statLine(200, 'a neighbour', [900, 0, 0, 0]));
    const sampler = await opened(processorTime, machine.host);
    // user + nice + system + irq + softirq; `guest` is in `user` already.
    expect(sampler.read()).toEqual({ busyMsTotal: 12_600, stealMsTotal: 400, ownMsTotal: 2670 });
  });

  it('finds children by their parent where the kernel keeps no list of them', async () => {
    const machine = simulatedMachine();
    machine.file('proc/stat', 'cpu  100 0 0 0 0 0 0 0 0 0\n');
    machine.file('proc/100/stat', statLine(100, 'node', [1, 0, 0, 0]));
    machine.file('proc/100/status', 'Name:\tnode\nPPid:\t1\n');
    machine.file('proc/101/stat', statLine(101, 'engine', [5, 0, 0, 0]));
    machine.file('proc/101/status', 'Name:\tengine\nPPid:\t100\n');
    expect((await opened(processorTime, machine.host)).read().ownMsTotal).toBe(60);
  });

  it('is absent where /proc/stat is kept from us', async () => {
    const found = await processorTime.open(simulatedMachine({ platform: 'android' }).host);
    expect(found).toEqual({ absent: '/proc/stat is not readable (Android keeps it from apps)' });
  });
});

describe('a source of Linux', () => {
  it('reads pressure and swapping as counters', async () => {
    const machine = simulatedMachine();
    machine.file('proc/pressure/cpu', 'some avg10=1.00 avg60=0.50 avg300=0.10 total=2500000\nfull avg10=0 total=9\n');
    machine.file('proc/vmstat', 'nr_free_pages 10\npswpin 3\npswpout 5\npswpout_other 7\n');
    expect((await opened(pressure, machine.host)).read()).toEqual({ stallMsTotal: 2500 });
    expect((await opened(paging, machine.host)).read()).toEqual({ swappedBytesTotal: 8 * 4096 });
  });

  it('reads the clock of the fastest core, from cpufreq before /proc/cpuinfo', async () => {
    const machine = simulatedMachine();
    machine.file('proc/cpuinfo', 'processor\t: 0\ncpu MHz\t\t: 2400.5\n\nprocessor\t: 1\ncpu MHz\t\t: 3100.25\n');
    expect((await opened(clocks, machine.host)).read()).toEqual({ clockMhz: 3100.25 });
    machine.file('sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq', '800000\n');
    machine.file('sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq', '4200000\n');
    expect((await opened(clocks, machine.host)).read()).toEqual({ clockMhz: 4200 });
  });

  it('reads the hottest zone or sensor of the processor, and not that of a disk', async () => {
    const machine = simulatedMachine();
    machine.file('sys/class/thermal/thermal_zone0/temp', '41000\n');
    machine.file('sys/class/thermal/thermal_zone1/temp', '-274000\n');
    machine.file('sys/class/hwmon/hwmon0/name', 'nvme\n');
    machine.file('sys/class/hwmon/hwmon0/temp1_input', '80000\n');
    machine.file('sys/class/hwmon/hwmon1/name', 'k10temp\n');
    machine.file('sys/class/hwmon/hwmon1/temp1_input', '63500\n');
    expect((await opened(temperatures, machine.host)).read()).toEqual({ temperatureC: 63.5 });
  });

  it('adds up the throttle counters of all cores', async () => {
    const machine = simulatedMachine();
    machine.file('sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count', '2\n');
    machine.file('sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count', '1\n');
    machine.file('sys/devices/system/cpu/cpu1/thermal_throttle/package_throttle_count', '4\n');
    expect((await opened(throttling, machine.host)).read()).toEqual({ throttleEventsTotal: 7 });
  });
});

describe('the energy of the processor', () => {
  it('is counted from the opening on, over all packages and over the end of the counter', async () => {
    const machine = simulatedMachine();
    const zone = (path: string, name: string, microjoules: number) => {
      machine.file(`sys/class/powercap/${path}/name`, `${name}\n`);
      machine.file(`sys/class/powercap/${path}/max_energy_range_uj`, '1000000000\n');
      machine.file(`sys/class/powercap/${path}/energy_uj`, `${microjoules}\n`);
    };
    zone('intel-rapl:0', 'package-0', 999_000_000);
    zone('intel-rapl:0:0', 'core', 5);
    zone('intel-rapl:1', 'package-1', 50_000_000);
    zone('intel-rapl:2', 'psys', 7);
    const sampler = await opened(rapl, machine.host);
    zone('intel-rapl:0', 'package-0', 2_000_000);
    zone('intel-rapl:1', 'package-1', 51_500_000);
    expect(sampler.read()).toEqual({ energy: { 'RAPL package-0 + package-1': { atNs: 0, joules: 4.5 } } });
    zone('intel-rapl:0', 'package-0', 3_000_000);
    expect(sampler.read()).toEqual({ energy: { 'RAPL package-0 + package-1': { atNs: 0, joules: 5.5 } } });
  });

  it('is integrated from the battery, while it discharges', async () => {
    const machine = simulatedMachine();
    const supply = (file: string, text: string) => machine.file(`sys/class/power_supply/BAT0/${file}`, text);
    machine.file('sys/class/power_supply/AC/type', 'Mains\n');
    supply('type', 'Battery\n');
    supply('status', 'Discharging\n');
    supply('capacity', '81\n');
    supply('current_now', '-2000000\n');
    supply('voltage_now', '12000000\n');
    const sampler = await opened(battery, machine.host);
    sampler.read();
    machine.setSeconds(2);
    supply('current_now', '-1000000\n');
    // From 24 W to 12 W in two seconds.
    expect(sampler.read()).toEqual({
      onBattery: true,
      batteryPercent: 81,
      energy: { 'battery of the whole machine, integrated': { atNs: 2e9, joules: 36 } },
    });
    supply('status', 'Charging\n');
    machine.setSeconds(10);
    expect(sampler.read()).toEqual({ onBattery: false, batteryPercent: 81 });
    supply('status', 'Discharging\n');
    machine.setSeconds(11);
    sampler.read();
    machine.setSeconds(12);
    expect(sampler.read().energy).toEqual({ 'battery of the whole machine, integrated': { atNs: 12e9, joules: 48 } });
  });
});

it('on a machine that has nothing at all, every source says why it is absent', async () => {
  const { present, absent } = await openSources(simulatedMachine().host);
  expect(present).toEqual([]);
  expect(absent.map(({ name }) => name)).toEqual(monitorSources.map(({ name }) => name));
  for (const { reason } of absent) expect(reason).toMatch(/\w{2}/);
});
