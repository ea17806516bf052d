/** Sensors of the processor in Linux: clock, temperature, throttling. */
import { join } from 'node:path';
import { namesIn, readNumber, readText } from '../facts/system-files.ts';
import { type MonitorSource, slowEveryMs } from './monitor-source.ts';

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
