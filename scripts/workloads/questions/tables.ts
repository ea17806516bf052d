/** `answers.csv`, a row per answer, and `<framework>.csv`, a row per generated token. */

import {
  type AnswerMetrics,
  answerMetrics,
  cacheBytesPerToken,
  memoryThroughputGbPerSecond,
  paramThroughputGbPerSecond,
  shortAnswerTokens,
  weightBytesPerToken,
} from '../../results/figures/metrics.ts';
import { type Run, recordsOf } from '../../results/run.ts';
import { type OfRun, runFacts } from '../../results/run-facts.ts';
import { columnsOf, type RowOf, table } from '../../results/table.ts';
import { fewestForOutliers, modifiedZScores } from '../../statistics/statistics.ts';
import type { FeedbackRecord } from '../chat/records.ts';
import type { AnswerRecord, TokenRecord } from './records.ts';

interface OfAnswer extends OfRun {
  answer: AnswerRecord;
  metrics: AnswerMetrics;
  /** How far its TPOT stands from the others of its run; null where that is not known. */
  tpotZ: number | null;
  /** The latest opinion of the person who asked. */
  rating: FeedbackRecord['rating'] | null;
}

const { text, whole, number, flag } = columnsOf<OfAnswer>();

const answerColumns = [
  runFacts.uuid,
  runFacts.framework,
  runFacts.workload,
  whole('answer', '', 'Answer', 'index of the answer within the run').of(({ answer }) => answer.answer),
  text('phase', 'Phase', 'cold, warmup or measured; only measured counts in statistics').of(
    ({ answer }) => answer.phase,
  ),
  whole('round', '', 'Round', 'round of the question list within the run').of(({ answer }) => answer.round),
  text('question_id', 'Question', 'id in the question file').of(({ answer }) => answer.questionId),
  whole('prompt_tokens', 'tokens', 'Prompt tokens', 'token ids of the prompt, template included').of(
    ({ answer }) => answer.promptTokens,
  ),
  whole('cached_prompt_tokens', 'tokens', 'Cached prompt tokens', 'of these, already in the KV cache').of(
    ({ answer }) => answer.cachedPromptTokens,
  ),
  whole('tokens', 'tokens', 'Generated tokens', 'n, end-of-sequence not counted').of(({ answer }) => answer.tokens),
  whole(
    'arrivals',
    '',
    'Arrivals',
    'm, distinct instants at which the tokens came; fewer than n where several came at once',
  ).of(({ answer }) => answer.arrivals),
  text('stop', 'Stop reason', 'length, end or cancelled').of(({ answer }) => answer.stop),
  number('ttft_ms', 'ms', 'Time to first token', 't1 - t0').of(({ metrics }) => metrics.ttftMs),
  number(
    'tpot_ms',
    'ms',
    'Time per output token',
    '(tn - t1) / (n - k), k tokens having come with the first; empty where the arrivals do not tell it',
  ).of(({ metrics }) => metrics.tpotMs),
  number(
    'tpot_z',
    '',
    'Modified z of TPOT',
    'distance from the median of the measured answers of the run, over their median absolute deviation; an outlier beyond 3.5; of answers with 8 tokens or more, empty with fewer than 5 of them',
  ).of(({ tpotZ }) => tpotZ),
  number('decode_tokens_per_s', 'tokens/s', 'Decode rate', '(n - k) / (tn - t1), likewise').of(
    ({ metrics }) => metrics.decodeTokensPerSecond,
  ),
  number('prefill_tokens_per_s', 'tokens/s', 'Prefill rate', 'new prompt tokens / prompt evaluation time').of(
    ({ metrics }) => metrics.prefillTokensPerSecond,
  ),
  flag(
    'prefill_is_lower_bound',
    'Prefill is a lower bound',
    'true where no instant tells where the prompt ends and the first token begins, and TTFT stood in',
  ).of(({ metrics }) => (metrics.prefillTokensPerSecond === null ? null : metrics.prefillIsLowerBound)),
  number('e2e_ms', 'ms', 'End to end', 'tn - t0').of(({ metrics }) => metrics.e2eMs),
  number('e2e_tokens_per_s', 'tokens/s', 'End-to-end rate', 'n / (tn - t0); a blend of prefill and decode').of(
    ({ metrics }) => finite(metrics.e2eTokensPerSecond),
  ),
  flag('correct', 'Correct', 'text equals the expected answer; empty where none is known').of(
    ({ answer }) => answer.correct,
  ),
  text('feedback', 'Feedback', 'good, bad or none, from chat').of(({ rating }) => rating),
  text('question', 'Question text', 'as asked').of(({ answer }) => answer.question),
  text('text', 'Answer text', 'as generated').of(({ answer }) => answer.text),
  runFacts.hostname,
  runFacts.device,
  runFacts.size,
  runFacts.quantize,
  runFacts.weightClass,
  runFacts.model,
  runFacts.seed,
] as const;

/** Written at the end of a log, because feedback comes after the answer it is about. */
export const answersTable = table({
  name: 'answers',
  file: 'answers.csv',
  rowIs: 'a row per answer',
  columns: answerColumns,
  of: answersOf,
});

function answersOf(run: Run): OfAnswer[] {
  const tpotZ = tpotScores(run.answers);
  const ratings = new Map(recordsOf(run, 'feedback').map(({ answer, rating }) => [answer, rating]));
  return run.answers.map((answer) => ({
    run,
    answer,
    metrics: answerMetrics(answer),
    tpotZ: tpotZ.get(answer.answer) ?? null,
    rating: ratings.get(answer.answer) ?? null,
  }));
}

/** How far each measured answer's TPOT stands from the others of its run, by the answer's index; none of short answers. */
function tpotScores(answers: readonly AnswerRecord[]): Map<number, number> {
  const measured = answers.flatMap((answer) => {
    const { tpotMs } = answerMetrics(answer);
    const counts = answer.phase === 'measured' && answer.tokens >= shortAnswerTokens && tpotMs !== null;
    return counts ? [{ answer: answer.answer, tpotMs }] : [];
  });
  if (measured.length < fewestForOutliers) return new Map();
  const scores = modifiedZScores(measured.map(({ tpotMs }) => tpotMs));
  return new Map(measured.map(({ answer }, i) => [answer, scores[i] ?? 0]));
}

/** A log with broken invariants may claim tokens in no time. */
function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

export interface OfToken extends OfRun {
  /** Null for tokens of an answer that was never completed: t0 and phase are unknown. */
  answer: AnswerRecord | null;
  token: TokenRecord;
  latencyNs: number | null;
  /** Tokens per second. */
  rate: number | null;
  memoryThroughput: number | null;
  paramThroughput: number | null;
}

const ofToken = columnsOf<OfToken>();

const nsPerMs = 1e6;
const nsPerSecond = 1e9;

/** The first sixteen columns are the agreed interface. */
export const tokenColumns = [
  ofToken
    .whole('step', '', 'Step', 'index of the generated token within its answer, from 0')
    .of(({ token }) => token.step),
  ofToken
    .number(
      'enqueue_latency_ms',
      'ms',
      'Enqueue latency',
      "how long the step's work took to be handed to the device; empty where the engine computes synchronously",
    )
    .of(({ token }) => (token.enqueueNs === undefined ? null : token.enqueueNs / nsPerMs)),
  ofToken
    .number('total_latency_ms', 'ms', 'Token latency', 'step 0: t1 - t0 (TTFT); later: gap to the previous token (ITL)')
    .of(({ latencyNs }) => (latencyNs === null ? null : latencyNs / nsPerMs)),
  ofToken
    .number(
      'tokens_per_sec',
      'tokens/s',
      'Decode rate',
      '1000 / total_latency_ms; empty at step 0, whose time is prefill, and within a chunk, where the gap is 0',
    )
    .of(({ rate }) => rate),
  ofToken
    .number(
      'memory_throughput_gb_s',
      'GB/s',
      'Memory throughput',
      '(weight bytes per token + KV bytes of prompt_tokens + step positions + state of a recurrent model) x tokens_per_sec; decimal GB',
    )
    .of(({ memoryThroughput }) => memoryThroughput),
  ofToken
    .number(
      'param_throughput_gb_s',
      'GB/s',
      'Parameter throughput',
      'weight bytes per token x tokens_per_sec; decimal GB',
    )
    .of(({ paramThroughput }) => paramThroughput),
  ofToken.text('generated_text', 'Text', 'text of this token').of(({ token }) => token.text),
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
  ofToken
    .whole('answer', '', 'Answer', 'index of the answer within the run')
    .of(({ answer, token }) => answer?.answer ?? token.answer),
  ofToken
    .text('phase', 'Phase', 'cold, warmup or measured; only measured counts in statistics')
    .of(({ answer }) => answer?.phase),
  ofToken.whole('token_id', '', 'Token id', 'id in the vocabulary of the model').of(({ token }) => token.id),
  ofToken
    .number('at_ms', 'ms', 'Instant', 'since the start of the run, monotonic clock')
    .of(({ token }) => token.atNs / nsPerMs),
] as const;

export type TokenRow = RowOf<typeof tokenColumns>;

/** The tokens of one answer. @param answer null where it was never completed */
export function* tokensOf(
  run: OfRun['run'],
  answer: AnswerRecord | null,
  tokens: readonly TokenRecord[],
): Generator<OfToken> {
  const weightBytes = weightBytesPerToken(run.header.model, run.effective);
  let previousNs = answer === null ? null : answer.startNs;
  for (const [i, token] of tokens.entries()) {
    const latencyNs = previousNs === null ? null : token.atNs - previousNs;
    // Tokens of one chunk share an instant: a gap of nothing has no rate, and one that several tokens end is not that of one.
    const isAlone = tokens[i + 1]?.atNs !== token.atNs;
    const rate = token.step === 0 || latencyNs === null || latencyNs <= 0 || !isAlone ? null : nsPerSecond / latencyNs;
    const memoryThroughput =
      rate === null || answer === null || run.effective === null
        ? null
        : memoryThroughputGbPerSecond(
            weightBytes,
            cacheBytesPerToken(run.effective, answer.promptTokens + token.step),
            rate,
          );
    const paramThroughput = rate === null ? null : paramThroughputGbPerSecond(weightBytes, rate);
    yield { run, answer, token, latencyNs, rate, memoryThroughput, paramThroughput };
    previousNs = token.atNs;
  }
}
