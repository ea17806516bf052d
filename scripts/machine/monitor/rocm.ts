/**
 * GPUs of AMD through `rocm-smi --json`. It is a Python program that takes half a second, so it runs every ten seconds
 * only, and its power does not serve as an energy meter. The names of its fields differ between versions (ROCm/rocm_smi_lib issue 149).
 */
import { z } from 'zod';
import type { GpuReading } from '../../log/records/certificate-records.ts';
import type { MonitorSource } from './monitor-source.ts';
import { findTool, outputOf, poll } from './tool.ts';

const everyMs = 10_000;
const query = ['--showuse', '--showmeminfo', 'vram', '--showtemp', '--showpower', '--showclocks', '--json'];

export const rocm: MonitorSource = {
  name: 'rocm-smi',
  async open(host) {
    const tool = findTool(host, 'rocm-smi');
    if (tool === undefined) return { absent: 'no rocm-smi' };
    let gpus = parseCards((await outputOf(tool, query)) ?? '');
    if (gpus.length === 0) return { absent: 'rocm-smi reports no GPU' };
    const polling = poll(tool, query, everyMs, (text) => {
      gpus = parseCards(text);
    });
    return { sampler: { everyMs, read: () => ({ gpus }), close: polling.close } };
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
