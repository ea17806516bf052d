/** `answers.csv`: a row per answer. Written at the end of a log, because feedback comes after the answer it is about. */
import { answerMetrics, shortAnswerTokens } from '../../scripts/log/figures/metrics.ts';
import { fewestForOutliers, modifiedZScores } from '../../scripts/statistics/statistics.ts';
import type { AnswerRecord } from '../../scripts/workloads/questions/records.ts';
import type { Run } from '../logs/run.ts';
import type { AnswerRow } from './columns/answers.ts';

/** @param tpotZ of the answers of its run */
export function answerRow(run: Run, answer: AnswerRecord, tpotZ: ReadonlyMap<number, number>): AnswerRow {
  const { header, effective, feedback } = run;
  const metrics = answerMetrics(answer);
  return {
    uuid: header.uuid,
    framework: header.framework.name,
    workload: header.workload,
    answer: answer.answer,
    phase: answer.phase,
    round: answer.round,
    question_id: answer.questionId,
    prompt_tokens: answer.promptTokens,
    cached_prompt_tokens: answer.cachedPromptTokens,
    tokens: answer.tokens,
    arrivals: answer.arrivals ?? null,
    stop: answer.stop,
    ttft_ms: metrics.ttftMs,
    tpot_ms: metrics.tpotMs,
    tpot_z: tpotZ.get(answer.answer) ?? null,
    decode_tokens_per_s: metrics.decodeTokensPerSecond,
    prefill_tokens_per_s: metrics.prefillTokensPerSecond,
    prefill_is_lower_bound: metrics.prefillTokensPerSecond === null ? null : metrics.prefillIsLowerBound,
    e2e_ms: metrics.e2eMs,
    e2e_tokens_per_s: finite(metrics.e2eTokensPerSecond),
    correct: answer.correct,
    feedback: feedback.get(answer.answer)?.rating ?? null,
    question: answer.question,
    text: answer.text,
    hostname: header.host.hostname,
    device: effective?.device ?? null,
    size: header.model.size,
    quantize: header.model.quantization.got,
    weight_class: header.model.quantization.weightClass,
    model: header.model.name,
    seed: header.seed,
  };
}

/** How far each measured answer's TPOT stands from the others of its run, by the answer's index; none of short answers. */
export function tpotScores({ answers }: Run): Map<number, number> {
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
