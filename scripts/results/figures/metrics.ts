/**
 * The definitions of docs/measurement.md as functions of the raw log's records. Pure: the summary at the end of a run
 * and collate/ compute every figure here, so they cannot disagree.
 */

import { decodeSpan, resolutionNsOf } from '../../log/figures/arrivals.ts';
import type { ModelRecord } from '../../log/records/model-record.ts';
import type { Effective, StatisticsRecord } from '../../log/run-log-format.ts';
import type { AnswerRecord } from '../../workloads/questions/records.ts';

const nsPerMs = 1e6;
const nsPerSecond = 1e9;
const bytesPerGigabyte = 1e9;

/** Shorter answers have no pace of their own: the first gaps after a prompt are unlike the others. */
export const shortAnswerTokens = 8;

/** What of an answer its figures are made of: another tool's file may know as much. */
export type TimedAnswer = Pick<
  AnswerRecord,
  | 'startNs'
  | 'submitNs'
  | 'promptEvaluatedNs'
  | 'firstTokenNs'
  | 'lastTokenNs'
  | 'tokens'
  | 'arrivals'
  | 'firstArrivalTokens'
  | 'promptTokens'
  | 'cachedPromptTokens'
  | 'served'
>;

export interface AnswerMetrics {
  /** t1 - t0. Null when nothing was generated. */
  ttftMs: number | null;
  /** (tn - t1) / (n - k), k tokens having come with the first; null where the arrivals do not show it (arrivals.ts). */
  tpotMs: number | null;
  /** (n - k) / (tn - t1), likewise. */
  decodeTokensPerSecond: number | null;
  /** New prompt tokens / prompt evaluation time; a lower bound (tokens / TTFT) where the engine does not show it. */
  prefillTokensPerSecond: number | null;
  prefillIsLowerBound: boolean;
  /** tn - t0. */
  e2eMs: number | null;
  /** n / (tn - t0): a blend, never shown as decode. */
  e2eTokensPerSecond: number | null;
}

export function answerMetrics(answer: TimedAnswer): AnswerMetrics {
  const { startNs, submitNs, firstTokenNs, lastTokenNs, promptEvaluatedNs, tokens } = answer;
  if (firstTokenNs === undefined || lastTokenNs === undefined || !hasInstants(answer)) {
    return {
      ttftMs: null,
      tpotMs: null,
      decodeTokensPerSecond: null,
      prefillTokensPerSecond: null,
      prefillIsLowerBound: false,
      e2eMs: null,
      e2eTokensPerSecond: null,
    };
  }
  const decode = decodeSpan(answer, resolutionNsOf(answer));
  const prefillNs = (promptEvaluatedNs ?? firstTokenNs) - submitNs;
  return {
    ttftMs: (firstTokenNs - startNs) / nsPerMs,
    tpotMs: decode === null ? null : decode.durationNs / decode.tokens / nsPerMs,
    decodeTokensPerSecond: decode === null ? null : (decode.tokens / decode.durationNs) * nsPerSecond,
    prefillTokensPerSecond: prefillNs > 0 ? (newPromptTokens(answer) / prefillNs) * nsPerSecond : null,
    prefillIsLowerBound: promptEvaluatedNs === undefined,
    e2eMs: (lastTokenNs - startNs) / nsPerMs,
    e2eTokensPerSecond: (tokens / (lastTokenNs - startNs)) * nsPerSecond,
  };
}

/** What came at no instant, or before it was asked for, has no figure, no matter what else its log says. */
function hasInstants({ startNs, firstTokenNs, lastTokenNs, tokens }: TimedAnswer): boolean {
  if (firstTokenNs === undefined || lastTokenNs === undefined || tokens === 0) return false;
  return firstTokenNs > startNs && lastTokenNs >= firstTokenNs;
}

/** Prompt tokens as the engine counts them: a server that was given the conversation has its own template. */
function promptTokensOf({ promptTokens, served }: TimedAnswer): number {
  return served?.promptTokens ?? promptTokens;
}

/** Prompt tokens that had to be evaluated. */
export function newPromptTokens(answer: TimedAnswer): number {
  return promptTokensOf(answer) - answer.cachedPromptTokens;
}

/** Whether an answer long enough for a decode rate has none, as it has too few arrivals. */
export function isHeldBack(answer: TimedAnswer): boolean {
  return answer.tokens >= 2 && decodeSpan(answer, resolutionNsOf(answer)) === null;
}

/** Where more of a run's tokens came in answers without a decode rate, the rate of the others is not the run's. */
const mostHeldBack = 0.1;

export type RunRates = ReturnType<typeof runRates>;

/**
 * Rates of a whole run: total tokens / total time, never the mean of the answers' rates. Tokens per second. Decode is over the
 * answers that have a rate, and null where answers with more than a tenth of the tokens have none.
 */
export function runRates(answers: readonly TimedAnswer[]) {
  let decoded = 0;
  let decodeNs = 0;
  let prompted = 0;
  let prefillNs = 0;
  let generated = 0;
  let e2eNs = 0;
  let lowerBound = false;
  let heldBack = 0;
  for (const answer of answers) {
    if (answer.firstTokenNs === undefined || answer.lastTokenNs === undefined || !hasInstants(answer)) continue;
    const span = decodeSpan(answer, resolutionNsOf(answer));
    decoded += span?.tokens ?? 0;
    decodeNs += span?.durationNs ?? 0;
    if (isHeldBack(answer)) heldBack += answer.tokens;
    prompted += newPromptTokens(answer);
    prefillNs += (answer.promptEvaluatedNs ?? answer.firstTokenNs) - answer.submitNs;
    lowerBound ||= answer.promptEvaluatedNs === undefined;
    generated += answer.tokens;
    e2eNs += answer.lastTokenNs - answer.startNs;
  }
  const rate = (tokens: number, durationNs: number) => (durationNs > 0 ? (tokens / durationNs) * nsPerSecond : null);
  const isTold = decoded > 0 && heldBack <= mostHeldBack * generated;
  return {
    decodeTokensPerSecond: isTold ? rate(decoded, decodeNs) : null,
    tpotMs: isTold ? decodeNs / decoded / nsPerMs : null,
    prefillTokensPerSecond: rate(prompted, prefillNs),
    prefillIsLowerBound: lowerBound,
    e2eTokensPerSecond: rate(generated, e2eNs),
  };
}

/** Bytes of weights that one decoded token reads: as they lie in memory, which is the file's format unless converted. */
export function weightBytesPerToken(model: ModelRecord, effective: Effective | null): number {
  return effective?.weights?.bytesPerToken ?? model.weightBytesPerToken;
}

/** Weight bytes read per second while decoding, in decimal gigabytes per second. */
export function paramThroughputGbPerSecond(weightBytes: number, tokensPerSecond: number): number {
  return (weightBytes * tokensPerSecond) / bytesPerGigabyte;
}

/**
 * Bytes that one decoded token reads of what is kept of the tokens before it: keys and values, and the state of a
 * recurrent model.
 * @param positions KV positions that the step attends to
 */
export function cacheBytesPerToken(
  effective: Pick<Effective, 'kvBytesPerPosition' | 'stateBytes'> | null,
  positions: number,
): number {
  return effective === null ? 0 : effective.kvBytesPerPosition * positions + (effective.stateBytes ?? 0);
}

/**
 * Bytes of weights and cache read per second while decoding, in decimal gigabytes per second.
 * @param weightBytes that one decoded token reads
 * @param cacheBytes likewise
 */
export function memoryThroughputGbPerSecond(weightBytes: number, cacheBytes: number, tokensPerSecond: number): number {
  return ((weightBytes + cacheBytes) * tokensPerSecond) / bytesPerGigabyte;
}

/** Tokens that a slower path had to compute because the framework's own one failed on the way. */
export function fallbackTokens(statistics: StatisticsRecord | null): number {
  const tokens = statistics?.values.fallback_tokens;
  return typeof tokens === 'number' ? tokens : 0;
}

/** KV positions that a decode step attends to, on average over the decoded tokens. */
export function meanAttendedPositions(answers: readonly AnswerRecord[]): number {
  let steps = 0;
  let positions = 0;
  for (const answer of answers) {
    const decoded = Math.max(0, answer.tokens - 1);
    steps += decoded;
    positions += decoded * (promptTokensOf(answer) + (decoded + 1) / 2);
  }
  return steps === 0 ? 0 : positions / steps;
}
