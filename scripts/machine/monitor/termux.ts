/** Android in Termux: the battery, from `termux-battery-status` of the package termux-api. */
import { z } from 'zod';
import type { Reading } from '../../log/records/certificate-records.ts';
import { PowerIntegral } from './energy-meters.ts';
import type { MonitorHost, MonitorSource } from './monitor-source.ts';
import { findTool, outputOf, poll } from './tool.ts';

/** An answer goes through services of Android and takes half a second. */
const everyMs = 5000;
const meter = 'Android battery (current x voltage), integrated';

/** Millivolts, microamperes, degrees Celsius (text in newer versions). */
const statusSchema = z.object({
  plugged: z.string(),
  percentage: z.number(),
  temperature: z.coerce.number(),
  current: z.number().optional(),
  voltage: z.number().optional(),
});

export const termux: MonitorSource = {
  name: 'termux-battery-status',
  async open(host) {
    const tool = findTool(host, 'termux-battery-status');
    if (tool === undefined)
      return { absent: 'no termux-battery-status (pkg install termux-api, and the app Termux:API)' };
    const energy = new PowerIntegral();
    let latest = readingOf((await outputOf(tool, [])) ?? '', energy, host);
    if (latest === undefined)
      return { absent: 'termux-battery-status does not answer: is the app Termux:API installed?' };
    const polling = poll(tool, [], everyMs, (text) => {
      latest = readingOf(text, energy, host);
    });
    return { sampler: { everyMs, read: () => latest ?? {}, close: polling.close } };
  },
};

function readingOf(text: string, energy: PowerIntegral, { now }: MonitorHost): Reading | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = statusSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { plugged, percentage, temperature, current, voltage } = parsed.data;
  const onBattery = plugged === 'UNPLUGGED';
  const battery = { temperatureC: temperature, onBattery, batteryPercent: percentage };
  // On mains the current of the battery does not show the consumption of the phone.
  if (!onBattery || current === undefined || voltage === undefined) {
    energy.interrupt();
    return battery;
  }
  energy.add((Math.abs(current) / 1e6) * (voltage / 1e3), now());
  return { ...battery, ...energy.readingOf(meter) };
}
