/** `hardware.csv`: one row per figure of a hardware benchmark. */
import { type Column, column, type RowOf } from './column.ts';
import { runFacts } from './run-facts.ts';

export const hardwareColumns = [
  column('uuid', 'string', '', 'Benchmark', 'of the hardware benchmark; runs.csv names it as hardware_uuid'),
  column('measured_at', 'string', '', 'Measured', 'wall clock, ISO 8601'),
  column('status', 'string', '', 'Status', 'completed, failed, interrupted or killed; only complete ones are ceilings'),
  runFacts.hostname,
  column('cpu_model', 'string', '', 'CPU', 'CPU of the host'),
  column(
    'last_cache_bytes',
    'integer',
    'B',
    'Last cache',
    'what fits into the last cache, all of its parts together; empty where nobody knows',
  ),
  column('last_cache_from', 'string', '', 'Cache known from', 'the system, or the fall of the bandwidth'),
  column(
    'quantity',
    'string',
    '',
    'Quantity',
    'read_bandwidth, copy_bandwidth, triad_bandwidth, f32_arithmetic, f16_arithmetic, int8_arithmetic, disk_read, cached_file_read, timer_resolution, interruption, wake_up_delay',
  ),
  column('device', 'string', '', 'Device', 'cpu, or a kind of graphics device'),
  column('threads', 'integer', '', 'Threads', 'empty where they are no matter'),
  column('working_set_bytes', 'integer', 'B', 'Working set', 'bytes that are read or written again and again'),
  column('value', 'number', '', 'Value', 'best of the samples, in the unit of the row; longest of the delays'),
  column('median', 'number', '', 'Median', 'of the samples'),
  column('unit', 'string', '', 'Unit', 'B/s, FLOP/s, op/s or ns'),
  column('samples', 'integer', '', 'Samples', 'number of them'),
  column('method', 'string', '', 'Method', 'with what it was measured'),
  column('log', 'string', '', 'Raw log', 'file under raw/'),
] as const satisfies readonly Column[];

export type HardwareRow = RowOf<typeof hardwareColumns>;
