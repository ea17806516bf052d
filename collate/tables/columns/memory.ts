/** `memory.csv`: the memory of a run over time, and its peaks. */
import { type Column, column, type RowOf } from './column.ts';
import { runFacts } from './run-facts.ts';

const bytes = <const N extends string>(name: N, title: string, formula: string) =>
  column(name, 'integer', 'B', title, formula);

export const memoryColumns = [
  runFacts.uuid,
  runFacts.framework,
  column('elapsed_ms', 'number', 'ms', 'Time', 'since the start of the run, on the monotonic clock'),
  column(
    'moment',
    'string',
    '',
    'Moment',
    'sample: a reading by the clock; baseline, framework, loaded, warm, end: a reading at this point of the run; import_peak, load_peak, inference_peak, peak: the highest of a phase, at the first reading that shows it',
  ),
  column(
    'phase',
    'string',
    '',
    'Phase',
    'start: until the framework is imported; load: until the model is loaded; warmup; measured: all that comes after it',
  ),
  bytes('rss_bytes', 'Resident', 'resident set of the engine process tree'),
  bytes('rss_at_most_bytes', 'Resident, at most', 'of a peak: its upper bound, equal to it for a single process'),
  bytes('anonymous_bytes', 'Anonymous', 'of the resident set, what lies in no file; the rest are mapped files'),
  bytes(
    'proportional_bytes',
    'PSS',
    'shared pages divided by their number of users; not in samples, as it walks all pages',
  ),
  bytes('private_bytes', 'Private', 'USS: pages that no other process has; not in samples either'),
  bytes(
    'device_bytes',
    'Device memory',
    "the framework's own figure: weights, KV cache and buffers; after load and at the end",
  ),
  bytes('tokenizer_rss_bytes', 'Tokenizer', 'resident set of the process that lends a tokenizer'),
] as const satisfies readonly Column[];

export type MemoryRow = RowOf<typeof memoryColumns>;
