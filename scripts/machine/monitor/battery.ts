/** The battery of a laptop, /sys/class/power_supply: while it discharges, its power is that of the whole machine. */
import { join } from 'node:path';
import { namesIn, readNumber, readText } from '../system-files.ts';
import { type ConditionSource, slowEveryMs } from './condition-source.ts';
import { PowerIntegral } from './power-integral.ts';

const meter = 'battery of the whole machine, integrated';

export const battery: ConditionSource = {
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

/** Microwatts, or microamperes times microvolts. Some drivers give a discharge as a negative current. */
function wattsOf(folder: string): number | undefined {
  const [power, current, voltage] = ['power_now', 'current_now', 'voltage_now'].map((name) =>
    readNumber(join(folder, name)),
  );
  if (power !== undefined) return Math.abs(power) / 1e6;
  return current === undefined || voltage === undefined ? undefined : Math.abs(current / 1e6) * (voltage / 1e6);
}
