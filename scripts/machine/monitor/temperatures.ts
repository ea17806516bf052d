/** Temperature of the processor: the hottest thermal zone, or the sensor of the processor's driver. */
import { join } from 'node:path';
import { namesIn, readNumber, readText } from '../system-files.ts';
import { type ConditionSource, slowEveryMs } from './condition-source.ts';

/** Drivers of sensors that sit in a processor; those of disks and network cards say nothing about it. */
const processorDrivers = /^(coretemp|k10temp|zenpower|cpu_thermal|fam15h_power|acpitz)$/;

export const temperatures: ConditionSource = {
  name: 'temperature',
  async open({ root }) {
    const files = [...zoneFiles(join(root, 'sys/class/thermal')), ...sensorFiles(join(root, 'sys/class/hwmon'))];
    const read = () => {
      // Thousandths of a degree. A sensor that is off says 0 or less.
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
