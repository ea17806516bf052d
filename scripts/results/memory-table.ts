/** The memory of a run: `memory.csv`, over time and with its peaks, and the columns of runs.csv. */
import type { MemoryFigures } from '../log/figures/memory-figures.ts';
import type { MemoryRecord } from '../log/run-log-format.ts';
import { type Run, recordsOf, spansOf } from './run.ts';
import { type OfRun, runFacts } from './run-facts.ts';
import { columnsOf, columnsOfPart, type RowOf, table } from './table.ts';

interface OfReading extends OfRun {
  record: MemoryRecord;
  phase: string;
}

const { text, bytes, ms } = columnsOfPart(({ record }: OfReading) => record);

const memoryColumns = [
  runFacts.uuid,
  runFacts.framework,
  ms('elapsed_ms', 'Time', 'since the start of the run, on the monotonic clock').of(({ atNs }) => atNs / nsPerMs),
  text(
    'moment',
    'Moment',
    'sample: a reading by the clock; baseline, framework, loaded, warm, end: a reading at this point of the run; import_peak, load_peak, inference_peak, peak: the highest of a phase, at the first reading that shows it',
  ).at('moment'),
  columnsOf<OfReading>()
    .text(
      'phase',
      'Phase',
      'start: until the framework is imported; load: until the model is loaded; warmup; measured: all that comes after it',
    )
    .of(({ phase }) => phase),
  bytes('rss_bytes', 'Resident', 'resident set of the engine process tree').at('residentBytes'),
  bytes('rss_at_most_bytes', 'Resident, at most', 'of a peak: its upper bound, equal to it for a single process').at(
    'atMostBytes',
  ),
  bytes('anonymous_bytes', 'Anonymous', 'of the resident set, what lies in no file; the rest are mapped files').at(
    'anonymousBytes',
  ),
  bytes(
    'proportional_bytes',
    'PSS',
    'shared pages divided by their number of users; not in samples, as it walks all pages',
  ).at('proportionalBytes'),
  bytes('private_bytes', 'Private', 'USS: pages that no other process has; not in samples either').at('uniqueBytes'),
  bytes(
    'device_bytes',
    'Device memory',
    "the framework's own figure: weights, KV cache and buffers; after load and at the end",
  ).at('deviceBytes'),
  bytes('tokenizer_rss_bytes', 'Tokenizer', 'resident set of the process that lends a tokenizer').at('tokenizerBytes'),
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

export interface OfMemory {
  memory: MemoryFigures;
}

const { bytes: runBytes, text: runText } = columnsOfPart(({ memory }: OfMemory) => memory);

/** The memory of the engine's process tree, and of the process that lends it a tokenizer. */
export const runMemoryColumns = [
  runBytes('baseline_rss_bytes', 'Baseline memory', 'engine process tree before the framework is imported').at(
    'baselineBytes',
  ),
  runBytes('framework_rss_bytes', 'Memory after import', 'engine process tree after the framework is imported').at(
    'frameworkBytes',
  ),
  runBytes('loaded_rss_bytes', 'Memory after load', 'engine process tree after load').at('loadedBytes'),
  runBytes('warm_rss_bytes', 'Memory after warm-up', 'engine process tree at the end of the last warm-up').at(
    'warmBytes',
  ),
  runBytes(
    'end_rss_bytes',
    'Memory at the end',
    'engine process tree when the work is done, its model still loaded',
  ).at('endBytes'),
  runBytes('import_growth_bytes', 'Growth over import', 'memory after import - baseline').at('importGrowthBytes'),
  runBytes(
    'model_memory_bytes',
    'Model memory',
    'growth of the process tree over the load: baseline + import growth + model memory = memory after load',
  ).at('modelBytes'),
  runBytes('import_peak_rss_bytes', 'Peak of import', 'highest of the engine process tree before the load').at(
    'importPeakBytes',
  ),
  runBytes('load_peak_rss_bytes', 'Peak of load', 'highest from after the import to after the load').at(
    'loadPeakBytes',
  ),
  runBytes(
    'inference_peak_rss_bytes',
    'Peak of inference',
    'highest from after the load to the end, warm-up included',
  ).at('inferencePeakBytes'),
  runBytes(
    'peak_rss_bytes',
    'Peak memory',
    'the higher of the peaks of load and inference, from samples and the high-water marks of the processes',
  ).at('peakBytes'),
  runBytes(
    'peak_rss_at_most_bytes',
    'Peak memory, at most',
    'the same where the peaks of several processes fall together; empty where no high-water mark was read: then peak memory is the highest sample',
  ).at('peakAtMostBytes'),
  runBytes(
    'average_rss_bytes',
    'Average memory',
    'mean of the engine process tree from after the load to the end, weighted by time',
  ).at('averageBytes'),
  runBytes(
    'tokenizer_rss_bytes',
    'Tokenizer memory',
    'the most that the process has which lends a tokenizer to an engine that has none, once the model is loaded; in no other column but the next; empty where the engine has its own',
  ).at('tokenizerBytes'),
  runBytes('peak_with_tokenizer_bytes', 'Peak with tokenizer', 'peak memory + tokenizer memory').at(
    'peakWithTokenizerBytes',
  ),
  runBytes('device_memory_bytes', 'Device memory', "the framework's own figure: weights, KV cache and buffers").at(
    'deviceBytes',
  ),
  runText('memory_meter', 'Memory meter', 'what the memory figures were read from').at('meter'),
] as const;
