/** Columns of runs.csv with the memory of the engine's process tree, and of the process that lends it a tokenizer. */
import { type Column, column } from './column.ts';

const bytes = <const N extends string>(name: N, title: string, formula: string) =>
  column(name, 'integer', 'B', title, formula);

export const memoryFigureColumns = [
  bytes('baseline_rss_bytes', 'Baseline memory', 'engine process tree before the framework is imported'),
  bytes('framework_rss_bytes', 'Memory after import', 'engine process tree after the framework is imported'),
  bytes('loaded_rss_bytes', 'Memory after load', 'engine process tree after load'),
  bytes('warm_rss_bytes', 'Memory after warm-up', 'engine process tree at the end of the last warm-up'),
  bytes('end_rss_bytes', 'Memory at the end', 'engine process tree when the work is done, its model still loaded'),
  bytes('import_growth_bytes', 'Growth over import', 'memory after import - baseline'),
  bytes(
    'model_memory_bytes',
    'Model memory',
    'growth of the process tree over the load: baseline + import growth + model memory = memory after load',
  ),
  bytes('import_peak_rss_bytes', 'Peak of import', 'highest of the engine process tree before the load'),
  bytes('load_peak_rss_bytes', 'Peak of load', 'highest from after the import to after the load'),
  bytes('inference_peak_rss_bytes', 'Peak of inference', 'highest from after the load to the end, warm-up included'),
  bytes(
    'peak_rss_bytes',
    'Peak memory',
    'the higher of the peaks of load and inference, from samples and the high-water marks of the processes',
  ),
  bytes(
    'peak_rss_at_most_bytes',
    'Peak memory, at most',
    'the same where the peaks of several processes fall together; empty where no high-water mark was read: then peak memory is the highest sample',
  ),
  bytes(
    'average_rss_bytes',
    'Average memory',
    'mean of the engine process tree from after the load to the end, weighted by time',
  ),
  bytes(
    'tokenizer_rss_bytes',
    'Tokenizer memory',
    'the most that the process has which lends a tokenizer to an engine that has none, once the model is loaded; in no other column but the next; empty where the engine has its own',
  ),
  bytes('peak_with_tokenizer_bytes', 'Peak with tokenizer', 'peak memory + tokenizer memory'),
  bytes('device_memory_bytes', 'Device memory', "the framework's own figure: weights, KV cache and buffers"),
  column('memory_meter', 'string', '', 'Memory meter', 'what the memory figures were read from'),
] as const satisfies readonly Column[];
