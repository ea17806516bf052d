/** Energy of the whole machine or of its processor: from counters, or integrated from a meter of power. */
import { join } from 'node:path';
import { isForbidden, namesIn, readNumber, readText } from '../facts/system-files.ts';
import { type MonitorSource, slowEveryMs } from './monitor-source.ts';

/** Integrates the readings of a power meter to energy, by the trapezoidal rule. */
export class PowerIntegral {
  #joules = 0;
  #last: { watts: number; atNs: number } | undefined;

  add(watts: number, atNs: number): void {
    if (this.#last !== undefined) {
      this.#joules += ((this.#last.watts + watts) / 2) * ((atNs - this.#last.atNs) / 1e9);
    }
    this.#last = { watts, atNs };
  }

  /** Starts anew after a time without readings, whose energy is unknown. */
  interrupt(): void {
    this.#last = undefined;
  }

  /** Energy as a field of a reading; no field before the first value of the meter. */
  readingOf(meter: string): { energy?: Record<string, { atNs: number; joules: number }> } {
    return this.#last === undefined ? {} : { energy: { [meter]: { atNs: this.#last.atNs, joules: this.#joules } } };
  }
}

/** Reading a counter takes microseconds, and the spans whose energy is wanted are short. */
const everyMs = 100;

/**
 * Energy of the processor packages, counted by the processor itself (RAPL): /sys/class/powercap, which only root may read since
 * Linux 5.10. Kernel documentation: power/powercap/powercap.rst.
 */
export const rapl: MonitorSource = {
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

const meter = 'battery of the whole machine, integrated';

/** The battery of a laptop, /sys/class/power_supply: while it discharges, its power is that of the whole machine. */
export const battery: MonitorSource = {
  name: 'battery',
  async open({ root, now }) {
    const supplies = join(root, 'sys/class/power_supply');
    const folder = namesIn(supplies, /./)
      .map((name) => join(supplies, name))
      .find((supply) => readText(join(supply, 'type'))?.trim() === 'Battery');
    if (folder === undefined) return { absent: 'no battery' };
    const energy = new PowerIntegral();
    return {
      sampler: {
        everyMs: slowEveryMs,
        read() {
          const onBattery = readText(join(folder, 'status'))?.trim() === 'Discharging';
          const percent = readNumber(join(folder, 'capacity'));
          const watts = onBattery ? wattsOf(folder) : undefined;
          if (watts === undefined) energy.interrupt();
          else energy.add(watts, now());
          return {
            onBattery,
            ...(percent === undefined ? {} : { batteryPercent: percent }),
            ...energy.readingOf(meter),
          };
        },
      },
    };
  },
};

/** Power in watts: from microwatts, or microamperes times microvolts. Some drivers report a discharge as negative current. */
function wattsOf(folder: string): number | undefined {
  const [power, current, voltage] = ['power_now', 'current_now', 'voltage_now'].map((name) =>
    readNumber(join(folder, name)),
  );
  if (power !== undefined) return Math.abs(power) / 1e6;
  return current === undefined || voltage === undefined ? undefined : Math.abs(current / 1e6) * (voltage / 1e6);
}
