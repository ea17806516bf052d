/** Parity: greedy answers and logits, compared with those of a reference. */

import { type ParityFigures, parityFigures } from '../../log/figures/parity-figures.ts';
import type { ModelRecord } from '../../log/records/model-record.ts';
import { lastOf, recordsOf } from '../../results/run.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { defaults } from '../../settings/defaults.ts';
import type { QuestionSet } from '../questions/questions.ts';
import type { Comparison, NotJudged } from '../reference/pass.ts';
import { nameOf } from '../reference/reference-choice.ts';
import { type EngineWorkload, planned } from '../workload.ts';
import { answerAgainst, answerAsReference, type ParityExtent, type Reference } from './parity-workload.ts';
import type { ParityVerdictRecord } from './records.ts';

interface ParityPlan extends ParityExtent {
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

export interface ParityWish {
  questionSet: QuestionSet;
  /** `--parity-questions` */
  parityQuestions?: number | undefined;
  /** `--max-tokens` of parity.ts. */
  maxTokens?: number | undefined;
  /** Answers of the benchmark are no longer than this, so those of its parity check need not be. */
  longestAnswer?: number | undefined;
}

/** Where nothing is wished, the embedded model answers all questions at full length, others a few and shorter. */
export function parityExtent({ questionSet, ...wish }: ParityWish, model: ModelRecord): ParityExtent {
  const embedded = model.source === 'embedded';
  const { questions } = questionSet;
  const count = wish.parityQuestions ?? (embedded ? questions.length : defaults.parity.questions);
  const maxTokens = wish.maxTokens ?? (embedded ? defaults.maxTokens : defaults.parity.maxTokens);
  return {
    questions: { ...questionSet, questions: evenlySpread(questions, count) },
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

export interface Judged {
  status: 'passed' | 'failed';
  /** What it was compared with, and whether that is itself. */
  reference: string;
  self: boolean;
  figures: ParityFigures;
  /** In words, what failed. */
  reasons: readonly string[];
  tolerance: ParityVerdictRecord['tolerance'];
  log: string;
}

export type ParityOutcome = Judged | NotJudged;

/** Greedy answers as what a pass compares with a reference. */
export function answersCompared(wish: ParityWish): Comparison<Reference, Judged> {
  return {
    stage: (reference) => `checking parity with ${reference === null ? 'nothing' : nameOf(reference)}`,
    run(model, reference) {
      const extent = parityExtent(wish, (reference?.model ?? model).record);
      const answers = extent.questions.questions.length;
      return {
        neededTokens: extent.maxTokens + 1,
        planned: (work) => planned(parity, { ...extent, reference: reference?.name ?? '', work }),
        // The reference answers twice.
        asReference: (context, folder, note, onStep) =>
          answerAsReference(context, { ...extent, folder, note }, counting(onStep, 2 * answers)),
        against: (context, _, expected, onStep) => answerAgainst(context, expected, counting(onStep, answers)),
        alone: async () => {
          throw new Error('parity is judged with a reference');
        },
      };
    },
    result(run, reference) {
      const verdict = lastOf(run, 'parity_verdict');
      if (verdict === null || reference === null) return undefined;
      const { passed, reasons, tolerance } = verdict;
      return {
        status: passed ? 'passed' : 'failed',
        reference,
        self: lastOf(run, 'parity_reference')?.self ?? false,
        figures: parityFigures(recordsOf(run, 'parity')),
        reasons,
        tolerance,
        log: run.logPath,
      };
    },
  };
}

function counting(onStep: (done: number, total: number) => void, total: number): () => void {
  let done = 0;
  onStep(done, total);
  return () => onStep(++done, total);
}
