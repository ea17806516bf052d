/** Parity runs as collate/ would write them, with figures like those that real ones have. */

import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { isRow } from '../../scripts/results/table.ts';
import { nats } from '../../scripts/workloads/parity/figures.ts';
import { type ParityRow, parityTable } from '../../scripts/workloads/parity/tables.ts';
import { completedRun } from './row-factory.ts';

const questions = 24;
const tokensPerAnswer = 40;

/** What quantising costs, and what is tolerated of it. */
const classes: Record<string, { kl: number; top1: number; gap: number; klTolerance: number; top1Tolerance: number }> = {
  '32-bit': { kl: 2e-9, top1: 1, gap: 0.05, klTolerance: 1e-4, top1Tolerance: 0.99 },
  '16-bit': { kl: 4.1e-7, top1: 1, gap: 0.1, klTolerance: 1e-3, top1Tolerance: 0.99 },
  '8-bit': { kl: 2.1e-4, top1: 0.9972, gap: 0.3, klTolerance: 0.01, top1Tolerance: 0.97 },
  '4-bit': { kl: 0.029, top1: 0.9747, gap: 1, klTolerance: 0.1, top1Tolerance: 0.9 },
};

export interface ParityShape {
  /** Times the usual KL divergence of the weight class. */
  distance?: number;
  /** Index of the first token that differs, in two of the answers; absent: all are equal. */
  divergesAt?: number;
  /** The reference's logit gap there. */
  gap?: number;
  self?: boolean;
  /** Absent figures: the engine shows no logits. */
  logits?: boolean;
}

/** Passed or not by the bounds of its weight class. */
export function parityRun(overrides: Partial<RunRow>, shape: ParityShape = {}): RunRow {
  const { distance = 1, divergesAt, gap = 0.02, self = false, logits = true } = shape;
  const run = completedRun({ workload: 'parity', max_tokens: 64, ...overrides });
  const usual = classes[run.weight_class ?? ''] ?? { kl: 0, top1: 1, gap: 0, klTolerance: 0, top1Tolerance: 1 };
  const klMean = self ? 0 : usual.kl * distance;
  const top1 = self ? 1 : 1 - (1 - usual.top1) * distance;
  const clear = divergesAt !== undefined && gap >= usual.gap;
  const reasons = [
    ...(clear
      ? [
          `2 of ${questions} answers diverge where the reference's own choice was clear, the first at token ${divergesAt} of "What is a KV cache?" (gap ${gap}, tolerance ${usual.gap})`,
        ]
      : []),
    ...(klMean > usual.klTolerance
      ? [`the mean KL divergence is ${nats(klMean)} nats, more than ${usual.klTolerance}`]
      : []),
  ];
  const lost = divergesAt === undefined ? 0 : 2 * (tokensPerAnswer - divergesAt);
  return {
    ...run,
    ttft_ms: null,
    tpot_ms: null,
    decode_tokens_per_s: null,
    prefill_tokens_per_s: null,
    itl_count: 0,
    output_sha256: null,
    parity_passed: reasons.length === 0,
    parity_reasons: reasons.length === 0 ? null : reasons.join('; '),
    parity_reference: overrides.parity_reference ?? 'llama.cpp F32 (3.22.0)',
    parity_is_reference: self,
    parity_questions: questions,
    parity_equal_answers: divergesAt === undefined ? questions : questions - 2,
    parity_equal_tokens: questions * tokensPerAnswer - lost,
    parity_tokens: questions * tokensPerAnswer,
    parity_first_divergence: divergesAt ?? null,
    parity_divergence_gap: divergesAt === undefined ? null : gap,
    parity_positions: logits ? questions * tokensPerAnswer : 0,
    parity_top1_agreement: logits ? top1 : null,
    parity_kl_mean: logits ? klMean : null,
    parity_kl_max: logits ? klMean * 70 : null,
    parity_gap_tolerance: usual.gap,
    parity_top1_tolerance: usual.top1Tolerance,
    parity_kl_tolerance: usual.klTolerance,
  };
}

const nothing: Record<string, null> = Object.fromEntries(parityTable.columns.map(({ name }) => [name, null]));
if (!isRow(nothing, parityTable.columns)) throw new Error('a row without figures is a row');
const empty: ParityRow = nothing;

/** A question of that run whose answer diverged. */
export function divergedQuestion(run: RunRow, overrides: Partial<ParityRow> = {}): ParityRow {
  return {
    ...empty,
    uuid: run.uuid,
    framework: run.framework,
    quantize: run.quantize,
    weight_class: run.weight_class,
    hostname: run.hostname,
    model: run.model,
    question_id: 'kv-cache',
    question: 'What is a KV cache?',
    reference_tokens: tokensPerAnswer,
    tokens: tokensPerAnswer - 1,
    equal_tokens: run.parity_first_divergence ?? 0,
    divergence_position: run.parity_first_divergence,
    divergence_reference_token: 312,
    divergence_token: -1,
    divergence_reference_gap: run.parity_divergence_gap,
    divergence_gap: (run.parity_divergence_gap ?? 0) / 2,
    positions: run.parity_positions,
    ...overrides,
  };
}
