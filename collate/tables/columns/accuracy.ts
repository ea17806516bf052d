/**
 * `accuracy.csv`: one row per run and task, and one per run and text whose likelihood was measured. Each kind of row leaves the
 * columns of the other empty.
 */
import { type Column, column, type RowOf } from './column.ts';
import { runFacts } from './run-facts.ts';

/** Of rows with the measure `task`. */
const taskColumns = [
  column('task', 'string', '', 'Task', 'name of the task; of a file of pairs with its name: jsonl:FILE'),
  column('task_title', 'string', '', 'What it asks', 'the task in words'),
  column('complete', 'boolean', '', 'Complete', 'false: the run ended before the last item'),
  column('items', 'integer', '', 'Items', 'that were answered and judged'),
  column('items_asked', 'integer', '', 'Items asked for', 'that there would have been'),
  column('correct', 'integer', '', 'Correct', 'items with a score of 1'),
  column('correct_share', 'number', '', 'Share correct', 'correct / items'),
  column('ci_low', 'number', '', 'Share correct, at least', '95 % interval of the share (Wilson 1927)'),
  column('ci_high', 'number', '', 'Share correct, at most', 'the same'),
  column('chance', 'number', '', 'Chance', 'share that guessing gets right; empty where it is next to nothing'),
  column('score', 'number', '', 'Mean score', 'mean of the scores, 0 to 1; above the share where parts count'),
  column('max_tokens', 'integer', 'tokens', 'Token limit', 'limit of generated tokens per answer'),
  column('max_turns', 'integer', '', 'Turns', 'most answers of one item'),
  column('temperature', 'number', '', 'Temperature', '0 is greedy'),
  column('answers', 'integer', '', 'Answers', 'of all items; more than items where a task has several turns'),
  column('cut_answers', 'integer', '', 'Cut answers', 'that ended at the token limit or with the context'),
  column('context_ended', 'integer', '', 'Out of context', 'items that ended with the context, or had no room in it'),
  column('mean_answer_tokens', 'number', 'tokens', 'Tokens per answer', 'generated tokens / answers'),
  column(
    'decode_tokens_per_s',
    'number',
    'tokens/s',
    'Decode rate',
    'sum of (n - k) / sum of (tn - t1) over the answers, k tokens having come with the first: of this run, which was not made to measure speed',
  ),
  column('seconds', 'number', 's', 'Duration', 'from the first item of the task to its result'),
  column('procedural', 'boolean', '', 'Made items', 'true: the seed made the items; false: it chose and ordered them'),
  column('items_sha256', 'string', '', 'Items hash', 'the same items, the same hash: only these are compared in pairs'),
  column('file', 'string', '', 'File', 'where the items came from; empty where the task makes them'),
  column('file_sha256', 'string', '', 'File hash', 'sha256 of that file'),
] as const;

/** Of rows with the measure `likelihood`. */
const likelihoodColumns = [
  column('text', 'string', '', 'Text', 'name of the text that was scored'),
  column('text_sha256', 'string', '', 'Text hash', 'sha256 of the text'),
  column('chunks', 'integer', '', 'Chunks', 'of the text, each evaluated from an empty cache'),
  column('chunk_tokens', 'integer', 'tokens', 'Context', 'tokens of a chunk'),
  column('scored_tokens', 'integer', 'tokens', 'Scored tokens', 'tokens whose probability counts'),
  column('perplexity', 'number', '', 'Perplexity', 'exp of the mean negative log-likelihood of the scored tokens'),
  column('perplexity_error', 'number', '', 'Error of the perplexity', 'standard error'),
  column('reference', 'string', '', 'Reference', 'framework:format whose probabilities are the reference'),
  column('reference_model_sha256', 'string', '', 'Model hash of the reference', 'sha256 of its model file'),
  column('is_reference', 'boolean', '', 'Is the reference', 'true in the run of the reference itself'),
  column('reference_perplexity', 'number', '', 'Perplexity of the reference', 'on the same tokens'),
  column('perplexity_ratio', 'number', '', 'Ratio of perplexities', 'of this run to the reference'),
  column('perplexity_ratio_error', 'number', '', 'Error of the ratio', 'standard error of the paired tokens'),
  column('kl_mean', 'number', 'nats', 'Mean KL divergence', 'KL(reference || this run), mean over the scored tokens'),
  column('kl_error', 'number', 'nats', 'Error of the KL divergence', 'standard error of that mean'),
  column('kl_median', 'number', 'nats', 'Median KL divergence', 'of the scored tokens'),
  column('kl_p99', 'number', 'nats', 'KL divergence, p99', 'of the scored tokens'),
  column('kl_max', 'number', 'nats', 'Largest KL divergence', 'of the scored tokens'),
  column('top1_agreement', 'number', '', 'Top-1 agreement', 'share of scored tokens with the same most probable token'),
  column('top1_error', 'number', '', 'Error of the agreement', 'standard error'),
  column('p_shift_mean', 'number', '', 'Mean probability shift', 'of the right token, this run minus the reference'),
  column('p_shift_error', 'number', '', 'Error of the mean shift', 'standard error'),
  column('p_shift_rms', 'number', '', 'Probability shift, RMS', 'root of the mean square of the same'),
  column('p_shift_rms_error', 'number', '', 'Error of the RMS', 'standard error'),
  column(
    'scored_tokens_per_s',
    'number',
    'tokens/s',
    'Scoring rate',
    'tokens of the chunks / time to evaluate and score them',
  ),
] as const;

export const accuracyColumns = [
  runFacts.uuid,
  runFacts.session,
  column('status', 'string', '', 'Status', 'of the run: completed, failed, interrupted or killed'),
  column('started_at', 'string', '', 'Started', 'wall clock, ISO 8601'),
  runFacts.framework,
  runFacts.frameworkVersion,
  column('measure', 'string', '', 'Measure', 'task, or likelihood: of a text'),
  ...taskColumns,
  ...likelihoodColumns,
  runFacts.platform,
  runFacts.release,
  runFacts.device,
  runFacts.username,
  runFacts.hostname,
  runFacts.size,
  runFacts.quantize,
  runFacts.weightClass,
  runFacts.bitsPerWeight,
  runFacts.model,
  runFacts.modelSha256,
  runFacts.synthetic,
  runFacts.seed,
] as const satisfies readonly Column[];

export type AccuracyRow = RowOf<typeof accuracyColumns>;
