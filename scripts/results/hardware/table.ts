/** `hardware.csv`: a row per figure of a hardware benchmark. Made anew from all of them each time, for they are few. */
import type { HardwareLog } from '../../log/hardware/hardware-log.ts';
import { runFacts } from '../run-facts.ts';
import { columnsOf, type RowOf, table } from '../table.ts';
import { type LastCache, lastCacheOf } from './last-cache.ts';

/** Below raw/, with the logs' names there. */
export interface FoundHardwareLog extends HardwareLog {
  log: string;
}

interface OfMeasurement {
  log: FoundHardwareLog;
  measurement: HardwareLog['measurements'][number];
  cache: LastCache | null;
}

const { text, whole, number } = columnsOf<OfMeasurement>();

const hardwareColumns = [
  text('uuid', 'Benchmark', 'of the hardware benchmark; runs.csv names it as hardware_uuid').of(
    ({ log }) => log.header.uuid,
  ),
  text('measured_at', 'Measured', 'wall clock, ISO 8601').of(({ log }) => log.header.startedAt),
  text('status', 'Status', 'completed, failed, interrupted or killed; only complete ones are ceilings').of(
    ({ log }) => log.end?.status ?? 'killed',
  ),
  { ...runFacts.hostname, of: ({ log }: OfMeasurement) => log.header.host.hostname },
  text('cpu_model', 'CPU', 'CPU of the host').of(({ log }) => log.header.host.cpuModel),
  whole(
    'last_cache_bytes',
    'B',
    'Last cache',
    'what fits into the last cache, all of its parts together; empty where nobody knows',
  ).of(({ cache }) => cache?.fitsBytes),
  text('last_cache_from', 'Cache known from', 'the system, or the fall of the bandwidth').of(
    ({ cache }) => cache?.from,
  ),
  text(
    'quantity',
    'Quantity',
    'read_bandwidth, copy_bandwidth, triad_bandwidth, f32_arithmetic, f16_arithmetic, int8_arithmetic, disk_read, cached_file_read, timer_resolution, interruption, wake_up_delay',
  ).of(({ measurement }) => measurement.quantity),
  text('device', 'Device', 'cpu, or a kind of graphics device').of(({ measurement }) => measurement.device),
  whole('threads', '', 'Threads', 'empty where they are no matter').of(({ measurement }) => measurement.threads),
  whole('working_set_bytes', 'B', 'Working set', 'bytes that are read or written again and again').of(
    ({ measurement }) => measurement.workingSetBytes,
  ),
  number('value', '', 'Value', 'best of the samples, in the unit of the row; longest of the delays').of(
    ({ measurement }) => measurement.value,
  ),
  number('median', '', 'Median', 'of the samples').of(({ measurement }) => measurement.median),
  text('unit', 'Unit', 'B/s, FLOP/s, op/s or ns').of(({ measurement }) => measurement.unit),
  whole('samples', '', 'Samples', 'number of them').of(({ measurement }) => measurement.samples),
  text('method', 'Method', 'with what it was measured').of(({ measurement }) => measurement.method),
  text('log', 'Raw log', 'file under raw/').of(({ log }) => log.log),
] as const;

export type HardwareRow = RowOf<typeof hardwareColumns>;

export const hardwareTable = table({
  name: 'hardware',
  file: 'hardware.csv',
  rowIs: 'a row per figure of a hardware benchmark',
  columns: hardwareColumns,
  optional: true,
  of: (logs: readonly FoundHardwareLog[]): OfMeasurement[] =>
    logs.flatMap((log) => {
      const cache = lastCacheOf(log.machine, log.measurements, null);
      return log.measurements.map((measurement) => ({ log, measurement, cache }));
    }),
});
