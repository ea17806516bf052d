/** What Linux counts and measures: processor pressure, swapping, the quota of the control group, clocks and temperatures. */
import { join } from 'node:path';
import { max, sum } from 'd3-array';
import { cpuQuota, quotaPeriods } from '../facts/cgroups.ts';
import { namesIn, readNumber, readText } from '../facts/system-files.ts';
import { fileSource, type MonitorSource, slowEveryMs, usualEveryMs } from './monitor-source.ts';

/** Time in which a process was ready to run and had no processor: /proc/pressure/cpu, Linux 4.20 and later. */
export const pressure = fileSource(
  'processor pressure',
  usualEveryMs,
  'the kernel reports no pressure (/proc/pressure/cpu)',
  ({ root }) =>
    () => {
      // `total` is in microseconds.
      const total = /^some .*total=(\d+)/m.exec(readText(join(root, 'proc/pressure/cpu')) ?? '')?.[1];
      return total === undefined ? undefined : { stallMsTotal: Number(total) / 1000 };
    },
);

const pageBytes = 4096;

/** Swapping: pages in and out since boot, /proc/vmstat. */
export const paging = fileSource('swap', usualEveryMs, '/proc/vmstat is not readable here', ({ root }) => () => {
  const text = readText(join(root, 'proc/vmstat')) ?? '';
  const [pagesIn, pagesOut] = ['pswpin', 'pswpout'].map((name) => new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  if (pagesIn === undefined || pagesOut === undefined) return undefined;
  return { swappedBytesTotal: (Number(pagesIn) + Number(pagesOut)) * pageBytes };
});

/** Periods in which the control group had used up its quota of processor time and all its processes had to wait: cpu.stat. */
export const quota: MonitorSource = {
  name: 'processor quota',
  async open({ root }) {
    const limited = cpuQuota(root);
    if (limited === null) return { absent: 'no control group here has a quota of processor time' };
    if (quotaPeriods(limited) === null) return { absent: 'the control group counts no periods (cpu.stat)' };
    const read = () => {
      const periods = quotaPeriods(limited);
      return periods === null
        ? {}
        : { quotaPeriodsTotal: periods.elapsed, quotaThrottledPeriodsTotal: periods.throttled };
    };
    return { sampler: { everyMs: usualEveryMs, read } };
  },
};

/** Clock of the fastest core: cpufreq, or /proc/cpuinfo. */
export const clocks = fileSource(
  'clocks',
  slowEveryMs,
  'neither cpufreq nor /proc/cpuinfo reports a clock',
  ({ root }) => {
    const folder = join(root, 'sys/devices/system/cpu');
    const files = namesIn(folder, /^cpu\d+$/).map((name) => join(folder, name, 'cpufreq/scaling_cur_freq'));
    const isScaled = files.some((file) => readNumber(file) !== undefined);
    return () => {
      const clockMhz = isScaled
        ? max(files, (file) => (readNumber(file) ?? Number.NaN) / 1000)
        : max((readText(join(root, 'proc/cpuinfo')) ?? '').matchAll(/^cpu MHz\s*: ([\d.]+)$/gm), ([, mhz]) =>
            Number(mhz),
          );
      return clockMhz === undefined ? undefined : { clockMhz };
    };
  },
);

/** Drivers of sensors in a processor, unlike those of disks and network cards. */
const processorDrivers = /^(coretemp|k10temp|zenpower|cpu_thermal|fam15h_power|acpitz)$/;

/** Temperature of the processor: the hottest thermal zone, or the sensor of the processor's driver. */
export const temperatures = fileSource(
  'temperature',
  slowEveryMs,
  'no thermal zone or sensor (usual in a virtual machine)',
  ({ root }) => {
    const files = [...zoneFiles(join(root, 'sys/class/thermal')), ...sensorFiles(join(root, 'sys/class/hwmon'))];
    return () => {
      // Thousandths of a degree. A sensor that is off reports 0 or less.
      const known = files.flatMap((file) => readNumber(file) ?? []).filter((value) => value > 0 && value < 200_000);
      return known.length === 0 ? undefined : { temperatureC: Math.max(...known) / 1000 };
    };
  },
);

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
export const throttling = fileSource(
  'throttle counters',
  slowEveryMs,
  'the processor counts no throttling (only some of Intel do)',
  ({ root }) => {
    const folder = join(root, 'sys/devices/system/cpu');
    const present = namesIn(folder, /^cpu\d+$/)
      .flatMap((name) =>
        ['core_throttle_count', 'package_throttle_count'].map((file) => join(folder, name, 'thermal_throttle', file)),
      )
      .filter((file) => readNumber(file) !== undefined);
    return () =>
      present.length === 0 ? undefined : { throttleEventsTotal: sum(present, (file) => readNumber(file) ?? 0) };
  },
);
