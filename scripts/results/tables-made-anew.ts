/**
 * The tables that are made anew each time, for they have few rows: `hardware.csv`, a row per figure of a hardware benchmark, and
 * `sweeps.csv`, a row per cell of a sweep that has no log.
 */
import type { HardwareLog } from '../log/hardware/hardware-log.ts';
import type { NotRunRecord } from '../log/not-run-file.ts';
import { type LastCache, lastCacheOf } from './hardware/last-cache.ts';
import { runFacts } from './run-facts.ts';
import { columnsOfPart, type RowOf, table } from './table.ts';

/** Below raw/, with the logs' names there. */
export interface FoundHardwareLog extends HardwareLog {
  log: string;
}

interface OfMeasurement {
  log: FoundHardwareLog;
  measurement: HardwareLog['measurements'][number];
  cache: LastCache | null;
}

const { text: logText } = columnsOfPart(({ log }: OfMeasurement) => log);
const { text: cacheText, bytes: cacheBytes } = columnsOfPart(({ cache }: OfMeasurement) => cache);
const { text, whole, bytes, number } = columnsOfPart(({ measurement }: OfMeasurement) => measurement);

const hardwareColumns = [
  logText('uuid', 'Benchmark', 'of the hardware benchmark; runs.csv names it as hardware_uuid').of(
    (log) => log.header.uuid,
  ),
  logText('measured_at', 'Measured', 'wall clock, ISO 8601').of((log) => log.header.startedAt),
  logText('status', 'Status', 'completed, failed, interrupted or killed; only complete ones are ceilings').of(
    (log) => log.end?.status ?? 'killed',
  ),
  { ...runFacts.hostname, of: ({ log }: OfMeasurement) => log.header.host.hostname },
  logText('cpu_model', 'CPU', 'CPU of the host').of((log) => log.header.host.cpuModel),
  cacheBytes(
    'last_cache_bytes',
    'Last cache',
    'what fits into the last cache, all of its parts together; empty where it is not known',
  ).at('fitsBytes'),
  cacheText('last_cache_from', 'Cache known from', 'the system, or the fall of the bandwidth').at('from'),
  text(
    'quantity',
    'Quantity',
    'read_bandwidth, copy_bandwidth, triad_bandwidth, f32_arithmetic, f16_arithmetic, int8_arithmetic, disk_read, cached_file_read, timer_resolution, interruption, wake_up_delay',
  ).at('quantity'),
  text('device', 'Device', 'cpu, or a kind of graphics device').at('device'),
  whole('threads', '', 'Threads', 'empty where they are no matter').at('threads'),
  bytes('working_set_bytes', 'Working set', 'bytes that are read or written again and again').at('workingSetBytes'),
  number('value', '', 'Value', 'best of the samples, in the unit of the row; longest of the delays').at('value'),
  number('median', '', 'Median', 'of the samples').at('median'),
  text('unit', 'Unit', 'B/s, FLOP/s, op/s or ns').at('unit'),
  whole('samples', '', 'Samples', 'number of them').at('samples'),
  text('method', 'Method', 'with what it was measured').at('method'),
  logText('log', 'Raw log', 'file under raw/').at('log'),
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

interface OfCell {
  record: NotRunRecord;
}

const { text: cellText, whole: cellWhole } = columnsOfPart(({ record }: OfCell) => record);

const sweepColumns = [
  { ...runFacts.sweep, of: ({ record }: OfCell) => record.sweep },
  { ...runFacts.sweepCell, of: ({ record }: OfCell) => record.cell },
  cellWhole('iteration', '', 'Iteration', 'which run of the same options it would have been, from 0').at('iteration'),
  cellText('status', 'Status', 'failed, missing, incompatible or skipped; the last that the sweep said').at('status'),
  cellText('reason', 'Reason', 'why it was not run').at('reason'),
  cellText('remedy', 'Remedy', 'what can be done about it').at('remedy'),
  cellText('at', 'When', 'wall clock, ISO 8601').at('at'),
  { ...runFacts.hostname, of: ({ record }: OfCell) => record.hostname },
  { ...runFacts.framework, of: ({ record }: OfCell) => record.framework },
  cellText('size', 'Size', 'model as asked; empty for the default').of(({ size }) => size || null),
  cellText('quantize_asked', 'Quantisation asked', 'as in the sweep file').at('quantize'),
  cellText('workload', 'Workload', 'qa, kernel or concurrency').at('workload'),
  cellText('device_asked', 'Device asked', 'as in the sweep file').at('device'),
] as const;

export type SweepRow = RowOf<typeof sweepColumns>;

export const sweepsTable = table({
  name: 'sweeps',
  file: 'sweeps.csv',
  rowIs: 'a row per cell of a sweep that has no log',
  columns: sweepColumns,
  optional: true,
  /** The last that was said of each cell of each host. */
  of: (records: readonly NotRunRecord[]): OfCell[] => {
    const last = new Map(records.map((record) => [`${record.hostname} ${record.sweep} ${record.cell}`, record]));
    return [...last.values()].map((record) => ({ record }));
  },
});
