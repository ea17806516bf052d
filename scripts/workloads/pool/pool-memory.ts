/** Memory of several engines together, and what they say of themselves. */
import type { Engine } from '../../engine/engine.ts';
import { memoryMeter } from '../../run/memory-meter.ts';
import type { PoolMemory } from './records.ts';

/** Read while nothing is computed: the proportional set size walks every page table. */
export async function poolMemory(engines: readonly Engine[]): Promise<PoolMemory> {
  const told = await Promise.all(engines.map((engine) => engine.memory()));
  return { ...(await processMemory(engines)), engineBytes: sum(told.map(({ deviceBytes }) => deviceBytes)) };
}

/** Of engines that have no model and nothing to say of themselves. */
export async function processMemory(engines: ReadonlyArray<Pick<Engine, 'pid' | 'tokenizerPid'>>): Promise<PoolMemory> {
  const meter = memoryMeter();
  const readings = await Promise.all(engines.map(({ pid }) => meter.read(pid)));
  const lenders = engines.flatMap(({ tokenizerPid }) => tokenizerPid ?? []);
  const lending = await Promise.all(lenders.map((pid) => meter.glance(pid)));
  return {
    residentBytes: readings.reduce((total, { residentBytes }) => total + residentBytes, 0),
    proportionalBytes: sum(readings.map(({ proportionalBytes }) => proportionalBytes)),
    uniqueBytes: sum(readings.map(({ uniqueBytes }) => uniqueBytes)),
    engineBytes: null,
    ...(lending.length === 0
      ? {}
      : { tokenizerBytes: lending.reduce((total, { residentBytes }) => total + residentBytes, 0) }),
    meter: meter.name,
  };
}

/** Null unless all are known. */
function sum(values: ReadonlyArray<number | undefined>): number | null {
  return values.reduce<number | null>(
    (total, value) => (total === null || value === undefined ? null : total + value),
    0,
  );
}
