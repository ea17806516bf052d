/**
 * Energy of the processor packages, counted by the processor itself (RAPL): /sys/class/powercap, which since Linux 5.10 only root
 * may read. Kernel documentation: power/powercap/powercap.rst.
 */
import { join } from 'node:path';
import { isForbidden, namesIn, readNumber, readText } from '../system-files.ts';
import type { ConditionSource } from './condition-source.ts';

/** A counter costs microseconds, and the spans whose energy is wanted are short. */
const everyMs = 100;

export const rapl: ConditionSource = {
  name: 'RAPL',
  async open({ root, now }) {
    const folder = join(root, 'sys/class/powercap');
    const packages = namesIn(folder, /^intel-rapl:\d+$/)
      .map((zone) => join(folder, zone))
      .filter((zone) => readText(join(zone, 'name'))?.startsWith('package') === true);
    if (packages.length === 0)
      return { absent: 'no RAPL counters in /sys/class/powercap (usual in a virtual machine)' };
    if (packages.some((zone) => isForbidden(join(zone, 'energy_uj')))) {
      return {
        absent:
          'RAPL counters are for root only: run as root, or once `sudo chmod a+r /sys/class/powercap/*/energy_uj`',
      };
    }
    const counters = packages.map(countingFrom);
    const meter = `RAPL ${packages.map((zone) => readText(join(zone, 'name'))?.trim()).join(' + ')}`;
    return {
      sampler: {
        everyMs,
        read: () => ({
          energy: { [meter]: { atNs: now(), joules: counters.reduce((sum, joules) => sum + joules(), 0) } },
        }),
      },
    };
  },
};

/** Joules of a package since now. The counter starts again after `max_energy_range_uj`, within minutes under load. */
function countingFrom(zone: string): () => number {
  const range = readNumber(join(zone, 'max_energy_range_uj')) ?? 0;
  let last = readNumber(join(zone, 'energy_uj')) ?? 0;
  let microjoules = 0;
  return () => {
    const current = readNumber(join(zone, 'energy_uj')) ?? last;
    microjoules += current >= last ? current - last : current + range - last;
    last = current;
    return microjoules / 1e6;
  };
}
