/** The clock of the fastest core: cpufreq, or what /proc/cpuinfo says. */
import { join } from 'node:path';
import { namesIn, readNumber, readText } from '../system-files.ts';
import { type ConditionSource, slowEveryMs } from './condition-source.ts';

export const clocks: ConditionSource = {
  name: 'clocks',
  async open({ root }) {
    const folder = join(root, 'sys/devices/system/cpu');
    const files = namesIn(folder, /^cpu\d+$/).map((name) => join(folder, name, 'cpufreq/scaling_cur_freq'));
    const read = files.some((file) => readNumber(file) !== undefined)
      ? () => fastest(files.flatMap((file) => readNumber(file) ?? []).map((kilohertz) => kilohertz / 1000))
      : () => fastest(listedMhz(join(root, 'proc/cpuinfo')));
    if (read().clockMhz === undefined) return { absent: 'neither cpufreq nor /proc/cpuinfo tells a clock' };
    return { sampler: { everyMs: slowEveryMs, read } };
  },
};

function listedMhz(path: string): number[] {
  return [...(readText(path) ?? '').matchAll(/^cpu MHz\s*: ([\d.]+)$/gm)].map(([, mhz]) => Number(mhz));
}

function fastest(mhz: readonly number[]): { clockMhz?: number } {
  return mhz.length === 0 ? {} : { clockMhz: mhz.reduce((most, value) => Math.max(most, value)) };
}
