/** All sources of the system monitor; a new one is a line here. */
import { battery, rapl } from './energy-meters.ts';
import { paging, pressure, quota } from './kernel-counters.ts';
import type { MonitorHost, MonitorSource, Sampler } from './monitor-source.ts';
import { nvidia } from './nvidia.ts';
import { powermetrics } from './powermetrics.ts';
import { processorTime, processTable } from './processes.ts';
import { clocks, temperatures, throttling } from './processor-sensors.ts';
import { rocm } from './rocm.ts';
import { termux } from './termux.ts';

export const monitorSources: readonly MonitorSource[] = [
  processorTime,
  processTable,
  pressure,
  paging,
  clocks,
  temperatures,
  throttling,
  quota,
  nvidia,
  rocm,
  powermetrics,
  termux,
  battery,
  rapl,
];

export interface OpenSources {
  readonly present: ReadonlyArray<{ name: string; sampler: Sampler }>;
  readonly absent: ReadonlyArray<{ name: string; reason: string }>;
}

export async function openSources(
  host: MonitorHost,
  sources: readonly MonitorSource[] = monitorSources,
): Promise<OpenSources> {
  const opened = await Promise.all(sources.map(async ({ name, open }) => ({ name, opened: await open(host) })));
  return {
    present: opened.flatMap(({ name, opened: one }) => ('sampler' in one ? { name, sampler: one.sampler } : [])),
    absent: opened.flatMap(({ name, opened: one }) => ('absent' in one ? { name, reason: one.absent } : [])),
  };
}
