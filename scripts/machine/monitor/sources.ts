/** Everything that a condition can be read from; a new one is a line here. */
import { battery } from './battery.ts';
import { clocks } from './clocks.ts';
import type { ConditionSource, ConditionsHost, Sampler } from './condition-source.ts';
import { nvidia } from './nvidia.ts';
import { paging } from './paging.ts';
import { powermetrics } from './powermetrics.ts';
import { pressure } from './pressure.ts';
import { processTable } from './process-table.ts';
import { processorTime } from './processor-time.ts';
import { quota } from './quota.ts';
import { rapl } from './rapl.ts';
import { rocm } from './rocm.ts';
import { temperatures } from './temperatures.ts';
import { termux } from './termux.ts';
import { throttling } from './throttling.ts';

export const conditionSources: readonly ConditionSource[] = [
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
  host: ConditionsHost,
  sources: readonly ConditionSource[] = conditionSources,
): Promise<OpenSources> {
  const opened = await Promise.all(sources.map(async ({ name, open }) => ({ name, opened: await open(host) })));
  return {
    present: opened.flatMap(({ name, opened: one }) => ('sampler' in one ? { name, sampler: one.sampler } : [])),
    absent: opened.flatMap(({ name, opened: one }) => ('absent' in one ? { name, reason: one.absent } : [])),
  };
}
