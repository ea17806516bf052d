/** Memory figures of a run: the engine's process tree at the moments the log names. */
import type { MemoryRecord } from '../../scripts/measure/run-log-format.ts';
import type { RunRow } from './columns/runs.ts';

type MemoryFigures = Pick<
  RunRow,
  | 'baseline_rss_bytes'
  | 'loaded_rss_bytes'
  | 'peak_rss_bytes'
  | 'model_memory_bytes'
  | 'device_memory_bytes'
  | 'memory_meter'
>;

export function memoryFigures(memory: readonly MemoryRecord[]): MemoryFigures {
  const residentAt = (moment: MemoryRecord['moment']) =>
    memory.findLast((record) => record.moment === moment)?.residentBytes ?? null;
  const loaded = residentAt('loaded');
  const beforeLoad = residentAt('framework') ?? residentAt('baseline');
  return {
    baseline_rss_bytes: residentAt('baseline'),
    loaded_rss_bytes: loaded,
    // A killed run never wrote its peak; the highest sample is a lower bound of it.
    peak_rss_bytes: residentAt('peak') ?? highest(memory.map((record) => record.residentBytes)),
    model_memory_bytes: loaded === null || beforeLoad === null ? null : Math.max(0, loaded - beforeLoad),
    device_memory_bytes:
      memory.findLast((record) => record.moment === 'loaded')?.deviceBytes ??
      highest(memory.flatMap((record) => record.deviceBytes ?? [])),
    memory_meter: memory.at(-1)?.meter ?? null,
  };
}

function highest(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value));
}
