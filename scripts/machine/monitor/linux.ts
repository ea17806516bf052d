/** What Linux counts and measures: processor pressure, swapping, the quota of the control group, clocks and temperatures. */
import { join } from 'node:path';
import { cpuQuota, quotaPeriods } from '../facts/cgroups.ts';
import { namesIn, readNumber, readText } from '../facts/system-files.ts';
import { type MonitorSource, slowEveryMs, usualEveryMs } from './monitor-source.ts';

/** Time in which a process was ready to run and had no processor: /proc/pressure/cpu, Linux 4.20 and later. */
export const pressure: MonitorSource = {
  name: 'processor pressure',
  async open({ root }) {
    const path = join(root, 'proc/pressure/cpu');
    if (stalledMs(path) === undefined) return { absent: 'the kernel reports no pressure (/proc/pressure/cpu)' };
    return {
      sampler: {
        everyMs: usualEveryMs,
        read() {
          const stallMsTotal = stalledMs(path);
          return stallMsTotal === undefined ? {} : { stallMsTotal };
        },
      },
    };
  },
};

/** `total` is in microseconds. */
function stalledMs(path: string): number | undefined {
  const total = /^some .*total=(\d+)/m.exec(readText(path) ?? '')?.[1];
  return total === undefined ? undefined : Number(total) / 1000;
}

const pageBytes = 4096;

/** Swapping: pages in and out since boot, /proc/vmstat. */
export const paging: MonitorSource = {
  name: 'swap',
  async open({ root }) {
    const path = join(root, 'proc/vmstat');
    if (swappedPages(path) === undefined) return { absent: '/proc/vmstat is not readable here' };
    return {
      sampler: {
        everyMs: usualEveryMs,
        read() {
          const pages = swappedPages(path);
          return pages === undefined ? {} : { swappedBytesTotal: pages * pageBytes };
        },
      },
    };
  },
};

function swappedPages(path: string): number | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const [pagesIn, pagesOut] = ['pswpin', 'pswpout'].map((name) => new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  return pagesIn === undefined || pagesOut === undefined ? undefined : Number(pagesIn) + Number(pagesOut);
}

/** Periods in which the control group had used up its quota of processor time and all its processes had to wait: cpu.stat. */
export const quota: MonitorSource = {
  name: 'processor quota',
  async open({ root }) {
    const limited = cpuQuota(root);
    if (limited === null) return { absent: 'no control group here has a quota of processor time' };
    if (quotaPeriods(limited) === null) return { absent: 'the control group counts no periods (cpu.stat)' };
    return {
      sampler: {
        everyMs: usualEveryMs,
        read() {
          const periods = quotaPeriods(limited);
          return periods === null
            ? {}
            : { quotaPeriodsTotal: periods.elapsed, quotaThrottledPeriodsTotal: periods.throttled };
        },
      },
    };
  },
};

/** Clock of the fastest core: cpufreq, or /proc/cpuinfo. */
export const clocks: MonitorSource = {
  name: 'clocks',
  async open({ root }) {
    const folder = join(root, 'sys/devices/system/cpu');
    const files = namesIn(folder, /^cpu\d+$/).map((name) => join(folder, name, 'cpufreq/scaling_cur_freq'));
    const read = files.some((file) => readNumber(file) !== undefined)
      ? () => fastest(files.flatMap((file) => readNumber(file) ?? []).map((kilohertz) => kilohertz / 1000))
      : () => fastest(listedMhz(join(root, 'proc/cpuinfo')));
    if (read().clockMhz === undefined) return { absent: 'neither cpufreq nor /proc/cpuinfo reports a clock' };
    return { sampler: { everyMs: slowEveryMs, read } };
  },
};

function listedMhz(path: string): number[] {
  return [...(readText(path) ?? '').matchAll(/^cpu MHz\s*: ([\d.]+)$/gm)].map(([, mhz]) => Number(mhz));
}

function fastest(mhz: readonly number[]): { clockMhz?: number } {
  return mhz.length === 0 ? {} : { clockMhz: mhz.reduce((most, value) => Math.max(most, value)) };
}

/** Drivers of sensors in a processor, unlike those of disks and network cards. */
const processorDrivers = /^(coretemp|k10temp|zenpower|cpu_thermal|fam15h_power|acpitz)$/;

/** Temperature of the processor: the hottest thermal zone, or the sensor of the processor's driver. */
export const temperatures: MonitorSource = {
  name: 'temperature',
  async open({ root }) {
    const files = [...zoneFiles(join(root, 'sys/class/thermal')), ...sensorFiles(join(root, 'sys/class/hwmon'))];
    const read = () => {
      // Thousandths of a degree. A sensor that is off reports 0 or less.
      const known = files.flatMap((file) => readNumber(file) ?? []).filter((value) => value > 0 && value < 200_000);
      return known.length === 0 ? {} : { temperatureC: known.reduce((most, value) => Math.max(most, value)) / 1000 };
    };
    if (read().temperatureC === undefined) return { absent: 'no thermal zone or sensor (usual in a virtual machine)' };
    return { sampler: { everyMs: slowEveryMs, read } };
  },
};

function zoneFiles(folder: string): string[] {
  return namesIn(folder, /^thermal_zone\d+$/).map((zone) => join(folder, zone, 'temp'));
}

function sensorFiles(folder: string): string[] {
  return namesIn(folder, /^hwmon\d+$/)
    .map((name) => join(folder, name))
    .filter((sensor) => processorDrivers.test(readText(join(sensor, 'name'))?.trim() ?? ''))
    .flatMap((sensor) => namesIn(sensor, /^temp\d+_input$/).map((name) => join(sensor, name)));
}

/** How often the processor was throttled because of heat: counters of Intel's processors in /sys. */
export const throttling: MonitorSource = {
  name: 'throttle counters',
  async open({ root }) {
    const folder = join(root, 'sys/devices/system/cpu');
    const files = namesIn(folder, /^cpu\d+$/).flatMap((name) =>
      ['core_throttle_count', 'package_throttle_count'].map((file) => join(folder, name, 'thermal_throttle', file)),
    );
    const present = files.filter((file) => readNumber(file) !== undefined);
    if (present.length === 0) return { absent: 'the processor counts no throttling (only some of Intel do)' };
    return {
      sampler: {
        everyMs: slowEveryMs,
        read: () => ({ throttleEventsTotal: present.reduce((sum, file) => sum + (readNumber(file) ?? 0), 0) }),
      },
    };
  },
};
