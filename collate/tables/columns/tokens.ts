/** `<framework>.csv`: one row per generated token. The first sixteen columns are the agreed interface. */
import { type Column, column, type RowOf } from './column.ts';
import { answerFacts, runFacts } from './run-facts.ts';

export const tokenColumns = [
  column('step', 'integer', '', 'Step', 'index of the generated token within its answer, from 0'),
  column(
    'enqueue_latency_ms',
    'number',
    'ms',
    'Enqueue latency',
    "how long the step's work took to be handed to the device; empty where the engine computes synchronously",
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
    '(weight bytes per token + KV bytes of prompt_tokens + step positions + state of a recurrent model) x tokens_per_sec; decimal GB',
  ),
  column(
    'param_throughput_gb_s',
    'number',
    'GB/s',
    'Parameter throughput',
    'weight bytes per token x tokens_per_sec; decimal GB',
  ),
  column('generated_text', 'string', '', 'Text', 'text of this token'),
  runFacts.platform,
  runFacts.release,
  runFacts.device,
  runFacts.username,
  runFacts.hostname,
  runFacts.size,
  runFacts.quantize,
  runFacts.seed,
  runFacts.uuid,
  runFacts.framework,
  runFacts.algorithm,
  runFacts.model,
  runFacts.modelSha256,
  runFacts.weightClass,
  runFacts.bitsPerWeight,
  runFacts.synthetic,
  runFacts.workload,
  answerFacts.answer,
  answerFacts.phase,
  column('token_id', 'integer', '', 'Token id', 'id in the vocabulary of the model'),
  column('at_ms', 'number', 'ms', 'Instant', 'since the start of the run, monotonic clock'),
] as const satisfies readonly Column[];

export type TokenRow = RowOf<typeof tokenColumns>;
