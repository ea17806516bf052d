/** `memory.csv`: the memory of a run over time, and its peaks. */
import type { MemoryRecord } from '../log/run-log-format.ts';
import { type Run, recordsOf, spansOf } from './run.ts';
import { type OfRun, runFacts } from './run-facts.ts';
import { columnsOf, type RowOf, table } from './table.ts';

interface OfReading extends OfRun {
  record: MemoryRecord;
  phase: string;
}

const { text, whole, number } = columnsOf<OfReading>();

const bytes = <const N extends string>(name: N, title: string, formula: string) => whole(name, 'B', title, formula);

const memoryColumns = [
  runFacts.uuid,
  runFacts.framework,
  number('elapsed_ms', 'ms', 'Time', 'since the start of the run, on the monotonic clock').of(
    ({ record }) => record.atNs / nsPerMs,
  ),
  text(
    'moment',
    'Moment',
    'sample: a reading by the clock; baseline, framework, loaded, warm, end: a reading at this point of the run; import_peak, load_peak, inference_peak, peak: the highest of a phase, at the first reading that shows it',
  ).of(({ record }) => record.moment),
  text(
    'phase',
    'Phase',
    'start: until the framework is imported; load: until the model is loaded; warmup; measured: all that comes after it',
  ).of(({ phase }) => phase),
  bytes('rss_bytes', 'Resident', 'resident set of the engine process tree').of(({ record }) => record.residentBytes),
  bytes('rss_at_most_bytes', 'Resident, at most', 'of a peak: its upper bound, equal to it for a single process').of(
    ({ record }) => record.atMostBytes,
  ),
  bytes('anonymous_bytes', 'Anonymous', 'of the resident set, what lies in no file; the rest are mapped files').of(
    ({ record }) => record.anonymousBytes,
  ),
  bytes(
    'proportional_bytes',
    'PSS',
    'shared pages divided by their number of users; not in samples, as it walks all pages',
  ).of(({ record }) => record.proportionalBytes),
  bytes('private_bytes', 'Private', 'USS: pages that no other process has; not in samples either').of(
    ({ record }) => record.uniqueBytes,
  ),
  bytes(
    'device_bytes',
    'Device memory',
    "the framework's own figure: weights, KV cache and buffers; after load and at the end",
  ).of(({ record }) => record.deviceBytes),
  bytes('tokenizer_rss_bytes', 'Tokenizer', 'resident set of the process that lends a tokenizer').of(
    ({ record }) => record.tokenizerBytes,
  ),
] as const;

export type MemoryRow = RowOf<typeof memoryColumns>;

const nsPerMs = 1e6;

export const memoryTable = table({
  name: 'memory',
  file: 'memory.csv',
  rowIs: "a row per reading of a run's memory, and per peak",
  columns: memoryColumns,
  of: readingsOf,
});

function readingsOf(run: Run): OfReading[] {
  const records = recordsOf(run, 'memory');
  const warmUps = spansOf(run).filter(({ name }) => name === 'warmup');
  const atNs = (moment: MemoryRecord['moment']) => records.findLast((record) => record.moment === moment)?.atNs;
  const [imported, loaded] = [atNs('framework') ?? Infinity, atNs('loaded') ?? Infinity];
  return records.map((record) => ({ run, record, phase: phaseOf(record) }));

  function phaseOf({ moment, atNs: at }: MemoryRecord): string {
    // Read right after what they end.
    if (at <= imported || moment === 'import_peak') return 'start';
    if (at <= loaded || moment === 'load_peak') return 'load';
    const warming = warmUps.some(({ startNs, endNs }) => at >= startNs && at <= endNs);
    return warming || moment === 'warm' ? 'warmup' : 'measured';
  }
}
