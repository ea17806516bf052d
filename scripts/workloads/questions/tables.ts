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
import { facts, type OfRun } from '../../results/run-facts.ts';
import { columnsOf, columnsOfPart, type RowOf, table } from '../../results/table.ts';
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

const { text: ofPerson, number: ofScore } = columnsOf<OfAnswer>();
const { text, whole, flag } = columnsOfPart(({ answer }: OfAnswer) => answer);
const { ms, number, flag: metricFlag } = columnsOfPart(({ metrics }: OfAnswer) => metrics);

const phaseFormula = 'cold, warmup or measured; only measured counts in statistics';
const answerFormula = 'index of the answer within the run';
const tpotZFormula =
  'distance from the median of the measured answers of the run, over their median absolute deviation; an outlier beyond 3.5; of answers with 8 tokens or more, empty with fewer than 5 of them';

const answerColumns = [
  ...facts('uuid', 'framework', 'workload'),
  whole('answer', '', 'Answer', answerFormula).at('answer'),
  text('phase', 'Phase', phaseFormula).at('phase'),
  whole('round', '', 'Round', 'round of the question list within the run').at('round'),
  text('question_id', 'Question', 'id in the question file').at('questionId'),
  whole('prompt_tokens', 'tokens', 'Prompt tokens', 'token ids of the prompt, template included').at('promptTokens'),
  whole('cached_prompt_tokens', 'tokens', 'Cached prompt tokens', 'of these, already in the KV cache').at(
    'cachedPromptTokens',
  ),
  whole('tokens', 'tokens', 'Generated tokens', 'n, end-of-sequence not counted').at('tokens'),
  whole(
    'arrivals',
    '',
    'Arrivals',
    'm, distinct instants at which the tokens came; fewer than n where several came at once',
  ).at('arrivals'),
  text('stop', 'Stop reason', 'length, end or cancelled').at('stop'),
  ms('ttft_ms', 'Time to first token', 't1 - t0').at('ttftMs'),
  ms(
    'tpot_ms',
    'Time per output token',
    '(tn - t1) / (n - k), k tokens having come with the first; empty where the arrivals do not show it',
  ).at('tpotMs'),
  ofScore('tpot_z', '', 'Modified z of TPOT', tpotZFormula).at('tpotZ'),
  number('decode_tokens_per_s', 'tokens/s', 'Decode rate', '(n - k) / (tn - t1), likewise').at('decodeTokensPerSecond'),
  number('prefill_tokens_per_s', 'tokens/s', 'Prefill rate', 'new prompt tokens / prompt evaluation time').at(
    'prefillTokensPerSecond',
  ),
  metricFlag(
    'prefill_is_lower_bound',
    'Prefill is a lower bound',
    'true where no instant shows where the prompt ends and the first token begins, and TTFT stood in',
  ).of((metrics) => (metrics.prefillTokensPerSecond === null ? null : metrics.prefillIsLowerBound)),
  ms('e2e_ms', 'End to end', 'tn - t0').at('e2eMs'),
  number('e2e_tokens_per_s', 'tokens/s', 'End-to-end rate', 'n / (tn - t0); a blend of prefill and decode').of(
    (metrics) => finite(metrics.e2eTokensPerSecond),
  ),
  flag('correct', 'Correct', 'text equals the expected answer; empty where none is known').at('correct'),
  ofPerson('feedback', 'Feedback', 'good, bad or none, from chat').at('rating'),
  text('question', 'Question text', 'as asked').at('question'),
  text('text', 'Answer text', 'as generated').at('text'),
  ...facts('hostname', 'device', 'size', 'quantize', 'weightClass', 'model', 'seed'),
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
const token = columnsOfPart((row: OfToken) => row.token);

const nsPerMs = 1e6;
const nsPerSecond = 1e9;

const enqueueFormula =
  "how long the step's work took to be handed to the device; empty where the engine computes synchronously";
const latencyFormula = 'step 0: t1 - t0 (TTFT); later: gap to the previous token (ITL)';
const rateFormula =
  '1000 / total_latency_ms; empty at step 0, whose time is prefill, and within a chunk, where the gap is 0';
const memoryFormula =
  '(weight bytes per token + KV bytes of prompt_tokens + step positions + state of a recurrent model) x tokens_per_sec; decimal GB';

/** The first sixteen columns are the agreed interface. */
export const tokenColumns = [
  token.whole('step', '', 'Step', 'index of the generated token within its answer, from 0').at('step'),
  token.ms('enqueue_latency_ms', 'Enqueue latency', enqueueFormula).of(({ enqueueNs }) => inMs(enqueueNs)),
  ofToken.ms('total_latency_ms', 'Token latency', latencyFormula).of(({ latencyNs }) => inMs(latencyNs)),
  ofToken.number('tokens_per_sec', 'tokens/s', 'Decode rate', rateFormula).at('rate'),
  ofToken.number('memory_throughput_gb_s', 'GB/s', 'Memory throughput', memoryFormula).at('memoryThroughput'),
  ofToken
    .number(
      'param_throughput_gb_s',
      'GB/s',
      'Parameter throughput',
      'weight bytes per token x tokens_per_sec; decimal GB',
    )
    .at('paramThroughput'),
  token.text('generated_text', 'Text', 'text of this token').at('text'),
  ...facts('platform', 'release', 'device', 'username', 'hostname', 'size', 'quantize', 'seed', 'uuid'),
  ...facts('framework', 'algorithm', 'model', 'modelSha256', 'weightClass', 'bitsPerWeight', 'synthetic', 'workload'),
  token.whole('answer', '', 'Answer', answerFormula).at('answer'),
  ofToken.text('phase', 'Phase', phaseFormula).of(({ answer }) => answer?.phase),
  token.whole('token_id', '', 'Token id', 'id in the vocabulary of the model').at('id'),
  token.ms('at_ms', 'Instant', 'since the start of the run, monotonic clock').of(({ atNs }) => inMs(atNs)),
] as const;

function inMs(ns: number | null | undefined): number | null {
  return ns == null ? null : ns / nsPerMs;
}

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
