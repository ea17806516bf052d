/** `answers.csv`: one row per answer. */
import { type Column, column, type RowOf } from './column.ts';
import { answerFacts, runFacts } from './run-facts.ts';

export const answerColumns = [
  runFacts.uuid,
  runFacts.framework,
  runFacts.workload,
  answerFacts.answer,
  answerFacts.phase,
  column('round', 'integer', '', 'Round', 'round of the question list within the run'),
  column('question_id', 'string', '', 'Question', 'id in the question file'),
  column('prompt_tokens', 'integer', 'tokens', 'Prompt tokens', 'token ids of the prompt, template included'),
  column('cached_prompt_tokens', 'integer', 'tokens', 'Cached prompt tokens', 'of these, already in the KV cache'),
  column('tokens', 'integer', 'tokens', 'Generated tokens', 'n, end-of-sequence not counted'),
  column(
    'arrivals',
    'integer',
    '',
    'Arrivals',
    'm, distinct instants at which the tokens came; fewer than n where several came at once',
  ),
  column('stop', 'string', '', 'Stop reason', 'length, end or cancelled'),
  column('ttft_ms', 'number', 'ms', 'Time to first token', 't1 - t0'),
  column(
    'tpot_ms',
    'number',
    'ms',
    'Time per output token',
    '(tn - t1) / (n - k), k tokens having come with the first; empty where the arrivals do not tell it',
  ),
  column(
    'tpot_z',
    'number',
    '',
    'Modified z of TPOT',
    'distance from the median of the measured answers of the run, over their median absolute deviation; an outlier beyond 3.5; of answers with 8 tokens or more, empty with fewer than 5 of them',
  ),
  column('decode_tokens_per_s', 'number', 'tokens/s', 'Decode rate', '(n - k) / (tn - t1), likewise'),
  column('prefill_tokens_per_s', 'number', 'tokens/s', 'Prefill rate', 'new prompt tokens / prompt evaluation time'),
  column(
    'prefill_is_lower_bound',
    'boolean',
    '',
    'Prefill is a lower bound',
    'true where no instant tells where the prompt ends and the first token begins, and TTFT stood in',
  ),
  column('e2e_ms', 'number', 'ms', 'End to end', 'tn - t0'),
  column('e2e_tokens_per_s', 'number', 'tokens/s', 'End-to-end rate', 'n / (tn - t0); a blend of prefill and decode'),
  column('correct', 'boolean', '', 'Correct', 'text equals the expected answer; empty where none is known'),
  column('feedback', 'string', '', 'Feedback', 'good, bad or none, from chat'),
  column('question', 'string', '', 'Question text', 'as asked'),
  column('text', 'string', '', 'Answer text', 'as generated'),
  runFacts.hostname,
  runFacts.device,
  runFacts.size,
  runFacts.quantize,
  runFacts.weightClass,
  runFacts.model,
  runFacts.seed,
] as const satisfies readonly Column[];

export type AnswerRow = RowOf<typeof answerColumns>;
