/**
 * The one list of columns. CSV headers, the row types, axis titles and docs/csv-columns.md are made from it.
 */

export type ColumnType = 'string' | 'integer' | 'number' | 'boolean';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Unit as it stands behind a value; empty where there is none. */
  readonly unit: string;
  /** Axis and table title, without the unit. */
  readonly title: string;
  /** How it is made, or what it means. */
  readonly formula: string;
}

const column = <const N extends string, const T extends ColumnType>(
  name: N,
  type: T,
  unit: string,
  title: string,
  formula: string,
) => ({ name, type, unit, title, formula }) as const;

type CellOf<T extends ColumnType> = T extends 'string' ? string : T extends 'boolean' ? boolean : number;

/** A row of a table: every column by name; null where a run has no such figure. */
export type RowOf<Columns extends readonly Column[]> = {
  -readonly [C in Columns[number] as C['name']]: CellOf<C['type']> | null;
};

const where = {
  platform: column('platform', 'string', '', 'Platform', 'operating system of the host'),
  release: column('release', 'string', '', 'Release', 'kernel or system release of the host'),
  device: column(
    'device',
    'string',
    '',
    'Device',
    'where the engine computed, read back: cpu, cuda, metal, vulkan, ...',
  ),
  username: column('username', 'string', '', 'User', 'who ran it, or a stable hash'),
  hostname: column('hostname', 'string', '', 'Host', 'machine, or a stable hash'),
  size: column('size', 'string', '', 'Size', 'model size as asked: tiny, 135M, 1B, ...'),
  quantize: column('quantize', 'string', '', 'Quantisation', 'format of the weights that ran'),
  seed: column('seed', 'integer', '', 'Seed', 'seed of the run'),
  uuid: column('uuid', 'string', '', 'Run', 'the run'),
} as const;

const framework = column('framework', 'string', '', 'Framework', 'framework of the run');
const algorithm = column('algorithm', 'string', '', 'Architecture', 'architecture family: llama, qwen2, gpt2, ...');
const model = column('model', 'string', '', 'Model', "name in the registry, or the file's own");
const modelSha256 = column('model_sha256', 'string', '', 'Model hash', 'sha256 of the model file');
const weightClass = column(
  'weight_class',
  'string',
  '',
  'Weight class',
  'results are compared within one weight class only',
);
const bitsPerWeight = column('bits_per_weight', 'number', 'bit', 'Bits per weight', 'tensor bytes x 8 / parameters');
const synthetic = column('synthetic', 'boolean', '', 'Synthetic', 'random weights: speed is real, text is noise');
const workload = column('workload', 'string', '', 'Workload', 'qa, kernel or chat');
const answer = column('answer', 'integer', '', 'Answer', 'index of the answer within the run');
const phase = column('phase', 'string', '', 'Phase', 'cold, warmup or measured; only measured counts in statistics');

/** `<framework>.csv`: one row per generated token. The first sixteen columns are the agreed interface. */
export const tokenColumns = [
  column('step', 'integer', '', 'Step', 'index of the generated token within its answer, from 0'),
  column(
    'enqueue_latency_ms',
    'number',
    'ms',
    'Enqueue latency',
    "until the step's work was handed to the device; empty where the engine computes synchronously",
  ),
  column(
    'total_latency_ms',
    'number',
    'ms',
    'Token latency',
    'step 0: t1 - t0 (TTFT); later: gap to the previous token (ITL)',
  ),
  column(
    'tokens_per_sec',
    'number',
    'tokens/s',
    'Decode rate',
    '1000 / total_latency_ms; empty at step 0, whose time is prefill, and within a chunk, where the gap is 0',
  ),
  column(
    'memory_throughput_gb_s',
    'number',
    'GB/s',
    'Memory throughput',
    '(weight bytes per token + KV bytes of prompt_tokens + step positions) x tokens_per_sec; decimal GB',
  ),
  column(
    'param_throughput_gb_s',
    'number',
    'GB/s',
    'Parameter throughput',
    'weight bytes per token x tokens_per_sec; decimal GB',
  ),
  column('generated_text', 'string', '', 'Text', 'text of this token'),
  where.platform,
  where.release,
  where.device,
  where.username,
  where.hostname,
  where.size,
  where.quantize,
  where.seed,
  where.uuid,
  framework,
  algorithm,
  model,
  modelSha256,
  weightClass,
  bitsPerWeight,
  synthetic,
  workload,
  answer,
  phase,
  column('token_id', 'integer', '', 'Token id', 'id in the vocabulary of the model'),
  column('at_ms', 'number', 'ms', 'Instant', 'since the start of the run, monotonic clock'),
] as const satisfies readonly Column[];

/** `answers.csv`: one row per answer. */
export const answerColumns = [
  where.uuid,
  framework,
  workload,
  answer,
  phase,
  column('round', 'integer', '', 'Round', 'round of the question list within the run'),
  column('question_id', 'string', '', 'Question', 'id in the question file'),
  column('prompt_tokens', 'integer', 'tokens', 'Prompt tokens', 'token ids of the prompt, template included'),
  column('cached_prompt_tokens', 'integer', 'tokens', 'Cached prompt tokens', 'of these, already in the KV cache'),
  column('tokens', 'integer', 'tokens', 'Generated tokens', 'n, end-of-sequence not counted'),
  column('stop', 'string', '', 'Stop reason', 'length, end or cancelled'),
  column('ttft_ms', 'number', 'ms', 'Time to first token', 't1 - t0'),
  column('tpot_ms', 'number', 'ms', 'Time per output token', '(tn - t1) / (n - 1), n >= 2'),
  column('decode_tokens_per_s', 'number', 'tokens/s', 'Decode rate', '(n - 1) / (tn - t1)'),
  column('prefill_tokens_per_s', 'number', 'tokens/s', 'Prefill rate', 'new prompt tokens / prompt evaluation time'),
  column(
    'prefill_is_lower_bound',
    'boolean',
    '',
    'Prefill is a lower bound',
    'true where the engine hides its prompt evaluation time and TTFT stood in',
  ),
  column('e2e_ms', 'number', 'ms', 'End to end', 'tn - t0'),
  column('e2e_tokens_per_s', 'number', 'tokens/s', 'End-to-end rate', 'n / (tn - t0); a blend of prefill and decode'),
  column('correct', 'boolean', '', 'Correct', 'text equals the expected answer; empty where none is known'),
  column('feedback', 'string', '', 'Feedback', 'good, bad or none, from chat'),
  column('question', 'string', '', 'Question text', 'as asked'),
  column('text', 'string', '', 'Answer text', 'as generated'),
  where.hostname,
  where.device,
  where.size,
  where.quantize,
  weightClass,
  model,
  where.seed,
] as const satisfies readonly Column[];

/** `runs.csv`: one row per run, whatever became of it. */
export const runColumns = [
  where.uuid,
  column(
    'status',
    'string',
    '',
    'Status',
    'completed, failed, interrupted, missing (the framework is not there) or killed (a log without a closing line)',
  ),
  column('error', 'string', '', 'Reason', 'why a run did not complete'),
  column('started_at', 'string', '', 'Started', 'wall clock, ISO 8601'),
  column('session', 'string', '', 'Session', 'the benchmark.ts session the run belongs to'),
  column('iteration', 'integer', '', 'Iteration', 'iteration within the session'),
  framework,
  column('framework_version', 'string', '', 'Version', 'version of the framework'),
  column('framework_build', 'string', '', 'Build', 'what the engine says of its build'),
  workload,
  algorithm,
  model,
  column('model_source', 'string', '', 'Model source', 'embedded, synthetic, downloaded, path or server'),
  synthetic,
  where.size,
  column('size_class', 'string', '', 'Size class', 'taxonomy by parameter count: tiny, small, base, large, xl, xxl'),
  column('parameters', 'integer', '', 'Parameters', 'number of weights'),
  column('quantize_asked', 'string', '', 'Quantisation asked', 'as on the command line'),
  where.quantize,
  weightClass,
  bitsPerWeight,
  column('model_bytes', 'integer', 'B', 'Model size', 'size of the model file'),
  modelSha256,
  where.device,
  column('device_name', 'string', '', 'Device name', 'CPU or GPU by name'),
  column(
    'comparable',
    'boolean',
    '',
    'Comparable',
    'false for a software device, a fallback, a broken log, or when no engine was loaded',
  ),
  column('threads', 'integer', '', 'Threads', 'read back from the engine'),
  column('gpu_layers', 'integer', '', 'GPU layers', 'read back from the engine'),
  column('context_tokens', 'integer', 'tokens', 'Context', 'read back from the engine'),
  column('batch_tokens', 'integer', 'tokens', 'Batch', 'read back from the engine'),
  column('flash_attention', 'string', '', 'Flash attention', 'read back from the engine'),
  column('kv_type', 'string', '', 'KV type', 'format of the KV cache, read back from the engine'),
  where.seed,
  column('max_tokens', 'integer', 'tokens', 'Token limit', 'limit of generated tokens per answer'),
  column('temperature', 'number', '', 'Temperature', '0 is greedy'),
  where.hostname,
  where.username,
  where.platform,
  where.release,
  column('cpu_model', 'string', '', 'CPU', 'CPU of the host'),
  column('physical_cores', 'integer', '', 'Cores', 'physical cores of the host'),
  column('memory_bytes', 'integer', 'B', 'Memory', 'memory of the host'),
  column('answers', 'integer', '', 'Answers', 'measured answers'),
  column(
    'warmup_answers',
    'integer',
    '',
    'Warm-up answers',
    'answers until the rate was stable, the cold one included',
  ),
  column('prompt_tokens', 'integer', 'tokens', 'Prompt tokens', 'of the measured answers'),
  column('generated_tokens', 'integer', 'tokens', 'Generated tokens', 'of the measured answers'),
  column('ttft_ms', 'number', 'ms', 'Time to first token', 'median over measured answers'),
  column('ttft_cold_ms', 'number', 'ms', 'Cold time to first token', 'of the very first answer'),
  column('tpot_ms', 'number', 'ms', 'Time per output token', 'total decode time / total decoded tokens'),
  column('decode_tokens_per_s', 'number', 'tokens/s', 'Decode rate', 'sum of (n - 1) / sum of (tn - t1)'),
  column(
    'prefill_tokens_per_s',
    'number',
    'tokens/s',
    'Prefill rate',
    'sum of new prompt tokens / sum of prompt evaluation times',
  ),
  column(
    'prefill_is_lower_bound',
    'boolean',
    '',
    'Prefill is a lower bound',
    'true where TTFT stood in for the evaluation time',
  ),
  column('e2e_ms', 'number', 'ms', 'End to end', 'median over measured answers'),
  column('e2e_tokens_per_s', 'number', 'tokens/s', 'End-to-end rate', 'sum of n / sum of (tn - t0)'),
  column('itl_count', 'integer', '', 'Gaps', 'number of inter-token gaps behind the percentiles'),
  column(
    'itl_p50_ms',
    'number',
    'ms',
    'Inter-token latency, median',
    'R-7 quantile of the gaps between tokens of measured answers; empty with fewer than 10',
  ),
  column('itl_p95_ms', 'number', 'ms', 'Inter-token latency, p95', 'R-7 quantile; empty with fewer than 100 gaps'),
  column('itl_p99_ms', 'number', 'ms', 'Inter-token latency, p99', 'R-7 quantile; empty with fewer than 500 gaps'),
  column('itl_max_ms', 'number', 'ms', 'Inter-token latency, maximum', 'the longest gap'),
  column('engine_start_ms', 'number', 'ms', 'Engine start', 'until the engine process answered'),
  column('framework_import_ms', 'number', 'ms', 'Framework import', 'until the framework was imported and initialised'),
  column('tokenizer_load_ms', 'number', 'ms', 'Tokenizer load', 'the vocabulary alone'),
  column('model_load_ms', 'number', 'ms', 'Model load', 'weights and context'),
  column('jit_compilation_ms', 'number', 'ms', 'Compilation', 'first-call compilation, where a framework compiles'),
  column('warmup_ms', 'number', 'ms', 'Warm-up', 'cold answer and warm-up together'),
  column(
    'baseline_rss_bytes',
    'integer',
    'B',
    'Baseline memory',
    'engine process tree before the framework is imported',
  ),
  column('loaded_rss_bytes', 'integer', 'B', 'Memory after load', 'engine process tree after load'),
  column('peak_rss_bytes', 'integer', 'B', 'Peak memory', 'highest sample of the engine process tree'),
  column('model_memory_bytes', 'integer', 'B', 'Model memory', 'growth of the process tree over the load'),
  column(
    'device_memory_bytes',
    'integer',
    'B',
    'Device memory',
    "the framework's own figure: weights, KV cache and buffers",
  ),
  column('memory_meter', 'string', '', 'Memory meter', 'what the memory figures were read from'),
  column(
    'param_throughput_gb_s',
    'number',
    'GB/s',
    'Parameter throughput',
    'weight bytes per token x decode rate; decimal GB',
  ),
  column(
    'memory_throughput_gb_s',
    'number',
    'GB/s',
    'Memory throughput',
    '(weight bytes per token + mean KV bytes read) x decode rate; decimal GB',
  ),
  column('n_prompt', 'integer', 'tokens', 'pp tokens', 'kernel workload: prompt tokens of the pp test'),
  column('n_gen', 'integer', 'tokens', 'tg tokens', 'kernel workload: tokens of the tg test'),
  column('depth', 'integer', 'tokens', 'Depth', 'kernel workload: KV positions filled beforehand'),
  column('repetitions', 'integer', '', 'Repetitions', 'kernel workload: measured repetitions'),
  column('pp_tokens_per_s', 'number', 'tokens/s', 'pp rate', 'kernel workload: mean over repetitions, as llama-bench'),
  column('pp_stddev_tokens_per_s', 'number', 'tokens/s', 'pp deviation', 'over repetitions (n - 1)'),
  column('tg_tokens_per_s', 'number', 'tokens/s', 'tg rate', 'kernel workload: mean over repetitions, as llama-bench'),
  column('tg_stddev_tokens_per_s', 'number', 'tokens/s', 'tg deviation', 'over repetitions (n - 1)'),
  column('correct', 'integer', '', 'Correct answers', 'measured answers equal to the expected text'),
  column('judged', 'integer', '', 'Judged answers', 'measured answers for which an answer is known'),
  column(
    'output_sha256',
    'string',
    '',
    'Output hash',
    'sha256 over the token ids of the measured answers in order of question id and round: equal outputs, equal hash',
  ),
  column('warnings', 'string', '', 'Warnings', 'codes, separated by semicolons'),
  column('log', 'string', '', 'Raw log', 'file under raw/'),
] as const satisfies readonly Column[];

export type TokenRow = RowOf<typeof tokenColumns>;
export type AnswerRow = RowOf<typeof answerColumns>;
export type RunRow = RowOf<typeof runColumns>;
