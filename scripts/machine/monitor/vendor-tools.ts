/** Sources that ask the tools of vendors: rocm-smi of AMD, powermetrics of macOS, termux-battery-status of Android. */
import { z } from 'zod';
import type { GpuReading, Reading } from '../../log/records/certificate-records.ts';
import { PowerIntegral } from './energy-meters.ts';
import {
  findTool,
  type MonitorHost,
  type MonitorSource,
  outputOf,
  poll,
  streamLines,
  usualEveryMs,
} from './monitor-source.ts';

/**
 * GPUs of AMD through `rocm-smi --json`. It is a Python program that takes half a second, so it runs every ten seconds only, and its
 * power does not serve as an energy meter. The names of its fields differ between versions (ROCm/rocm_smi_lib issue 149).
 */
const rocmEveryMs = 10_000;
const rocmQuery = ['--showuse', '--showmeminfo', 'vram', '--showtemp', '--showpower', '--showclocks', '--json'];

export const rocm: MonitorSource = {
  name: 'rocm-smi',
  async open(host) {
    const tool = findTool(host, 'rocm-smi');
    if (tool === undefined) return { absent: 'no rocm-smi' };
    let gpus = parseCards((await outputOf(tool, rocmQuery)) ?? '');
    if (gpus.length === 0) return { absent: 'rocm-smi reports no GPU' };
    const polling = poll(tool, rocmQuery, rocmEveryMs, (text) => {
      gpus = parseCards(text);
    });
    return { sampler: { everyMs: rocmEveryMs, read: () => ({ gpus }), close: polling.close } };
  },
};

const cardsSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

/** `{"card0": {"GPU use (%)": "19", "Temperature (Sensor edge) (C)": "31.0", "sclk clock speed:": "(800Mhz)", ...}}` */
function parseCards(text: string): GpuReading[] {
  const parsed = cardsSchema.safeParse(jsonIn(text));
  if (!parsed.success) return [];
  return Object.entries(parsed.data)
    .filter(([name]) => /^card\d+$/.test(name))
    .map(([name, card]) => {
      const figure = (field: RegExp, to: keyof GpuReading) => {
        const values = Object.entries(card)
          .filter(([key]) => field.test(key))
          .flatMap(([, value]) => /-?[\d.]+/.exec(String(value))?.[0] ?? [])
          .map(Number);
        return values.length === 0 ? {} : { [to]: Math.max(...values) };
      };
      return {
        name: `GPU ${name.slice('card'.length)}`,
        ...figure(/^GPU use \(%\)$/, 'busyPercent'),
        ...figure(/^VRAM Total Used Memory \(B\)$/, 'memoryUsedBytes'),
        ...figure(/^sclk clock speed/, 'clockMhz'),
        ...figure(/^Temperature \(Sensor (edge|junction|memory|mem)\) \(C\)$/i, 'temperatureC'),
        ...figure(/^(Average|Current Socket) Graphics Package Power \(W\)$/, 'powerWatts'),
      };
    });
}

/** Parses JSON that warnings may precede. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text.slice(Math.max(0, text.indexOf('{'))));
  } catch {
    return undefined;
  }
}

/** macOS: power, clocks and thermal pressure from `powermetrics`, which only root may run; see `man powermetrics`. */
const powerQuery = ['--samplers', 'cpu_power,gpu_power,thermal', '-i', String(usualEveryMs)];
const powerMeter = 'powermetrics combined power (CPU + GPU + ANE), integrated';

export const powermetrics: MonitorSource = {
  name: 'powermetrics',
  async open(host) {
    if (host.platform !== 'darwin') return { absent: 'only on macOS' };
    const tool = findTool(host, 'powermetrics');
    if (tool === undefined) return { absent: 'no powermetrics' };
    if (!host.isRoot) return { absent: 'powermetrics needs root: run with sudo for power and thermal pressure' };
    const energy = new PowerIntegral();
    const latest: Reading = {};
    let clockMhz = 0;
    const stream = streamLines(tool, powerQuery, (line) => {
      if (line.startsWith('*** Sampled')) clockMhz = 0;
      const cluster = /^[A-Z]+\d*-Cluster HW active frequency: (\d+) MHz/.exec(line)?.[1];
      if (cluster !== undefined) {
        clockMhz = Math.max(clockMhz, Number(cluster));
        latest.clockMhz = clockMhz;
      }
      const milliwatts = /^Combined Power \(CPU \+ GPU \+ ANE\): ([\d.]+) ?mW/.exec(line)?.[1];
      if (milliwatts !== undefined) energy.add(Number(milliwatts) / 1000, host.now());
      const pressure = /^Current pressure level: (\w+)/.exec(line)?.[1];
      if (pressure !== undefined) latest.thermalPressure = pressure;
    });
    if (!(await stream.first)) {
      stream.close();
      return { absent: 'powermetrics prints nothing' };
    }
    return {
      sampler: {
        everyMs: usualEveryMs,
        read: () => ({ ...latest, ...energy.readingOf(powerMeter) }),
        close: stream.close,
      },
    };
  },
};

// Android in Termux: the battery, from `termux-battery-status` of the package termux-api.

/** An answer goes through services of Android and takes half a second. */
const termuxEveryMs = 5000;
const batteryMeter = 'Android battery (current x voltage), integrated';

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
    const polling = poll(tool, [], termuxEveryMs, (text) => {
      latest = readingOf(text, energy, host);
    });
    return { sampler: { everyMs: termuxEveryMs, read: () => latest ?? {}, close: polling.close } };
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
  return { ...battery, ...energy.readingOf(batteryMeter) };
}
