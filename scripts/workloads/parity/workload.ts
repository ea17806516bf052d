/** Parity: greedy answers and logits, compared with those of a reference. */

import type { ModelRecord } from '../../log/records/model-record.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { defaults } from '../../settings/defaults.ts';
import type { QuestionSet } from '../questions/questions.ts';
import type { EngineWorkload } from '../workload.ts';

export interface ParityPlan extends ParityExtent {
  /** What was asked for as reference: `<framework>:<format>`. */
  reference: string;
  /** Answers as the reference, or is compared with it. */
  work(context: RunContext): Promise<void>;
}

export const parity: EngineWorkload<ParityPlan> = {
  name: 'parity',
  title: 'parity',
  followsRuns: true,
  requested: ({ maxTokens, reference }) => ({ maxTokens, temperature: 0, reference }),
  asks: (plan) => plan.questions,
  run: (context, { work }) => work(context),
};

// How much is asked: everything of the embedded model, of others as much as disk and patience allow.

export interface ParityExtent {
  questions: QuestionSet;
  /** Most tokens of an answer. */
  maxTokens: number;
}

export interface ParityWish {
  /** `--parity-questions` */
  parityQuestions?: number | undefined;
  /** `--max-tokens` of parity.ts. */
  maxTokens?: number | undefined;
  /** Answers of the benchmark are no longer than this, so those of its parity pass need not be. */
  longestAnswer?: number | undefined;
}

/** Where nothing is wished, the embedded model answers all questions at full length, others a few and shorter. */
export function parityExtent(questions: QuestionSet, model: ModelRecord, wish: ParityWish): ParityExtent {
  const embedded = model.source === 'embedded';
  const count = wish.parityQuestions ?? (embedded ? questions.questions.length : defaults.parity.questions);
  const maxTokens = wish.maxTokens ?? (embedded ? defaults.maxTokens : defaults.parity.maxTokens);
  return {
    questions: { ...questions, questions: evenlySpread(questions.questions, count) },
    maxTokens: Math.min(maxTokens, wish.longestAnswer ?? maxTokens),
  };
}

/** So many of the list, from all of its topics. */
function evenlySpread<T>(all: readonly T[], count: number): T[] {
  if (count >= all.length) return [...all];
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]).filter(
    (item) => item !== undefined,
  );
}
