/** Compares greedy answers and logits of many runs with those of their references. */

import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import type { Progress } from '../../command-line/progress.ts';
import { type ParityFigures, parityFigures } from '../../log/figures/parity-figures.ts';
import type { RunRecord } from '../../log/run-log-format.ts';
import { paritySettings } from '../../settings/session-settings.ts';
import { namesOf } from '../../settings/setting.ts';
import type { QuestionSet } from '../questions/questions.ts';
import {
  type Comparison,
  type GroupOutcome,
  type NotJudged,
  type PassOptions,
  type ReferenceGroup,
  runReferencePass,
} from '../reference/pass.ts';
import { type Candidate, type ChosenReference, nameOf, parseReference } from '../reference/reference-choice.ts';
import { compareWithReferences, type ReferenceOptions } from '../reference/reference-groups.ts';
import { planned } from '../workload.ts';
import { answerAgainst, answerAsReference, type Reference } from './parity-workload.ts';
import type { ParityVerdictRecord } from './records.ts';
import { type ParityWish, parity, parityExtent } from './workload.ts';

export interface ParityPassOptions extends PassOptions, ParityWish {
  questionSet: QuestionSet;
}

export type ParityStanding = Judged | NotJudged;

interface Judged {
  status: 'passed' | 'failed';
  /** What it was held against, and whether that is itself. */
  reference: string;
  self: boolean;
  figures: ParityFigures;
  /** In words, what failed. */
  reasons: readonly string[];
  tolerance: ParityVerdictRecord['tolerance'];
  log: string;
}

export interface ParityGroupResult {
  reference: ChosenReference;
  /** How much was asked. */
  questions: number;
  maxTokens: number;
  /** The outcome of the reference, compared with itself. */
  standing: ParityStanding;
  candidates: ReadonlyMap<Candidate, ParityStanding>;
}

/** @throws UserError when no log can be written, or an option is one that a framework does not have */
export async function runParityPass(
  groups: readonly ReferenceGroup[],
  options: ParityPassOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<ParityGroupResult[]> {
  const results = await runReferencePass(groups, answersCompared(options), options, line, signal);
  return results.flatMap((group) => resultOf(group, options));
}

/** @throws UserError when no log can be written, or an option does not go with the framework or the model */
export async function checkParity(
  candidates: readonly Candidate[],
  options: ParityPassOptions & ReferenceOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<{ groups: readonly ParityGroupResult[]; standingOf: (candidate: Candidate) => ParityStanding }> {
  const { groups, standingOf } = await compareWithReferences(
    candidates,
    answersCompared(options),
    options,
    line,
    signal,
  );
  return { groups: groups.flatMap((group) => resultOf(group, options)), standingOf };
}

function answersCompared(options: ParityPassOptions): Comparison<Reference, Judged> {
  return {
    stage: (reference) => `checking parity with ${reference === null ? 'nothing' : nameOf(reference)}`,
    run(model, reference) {
      const extent = parityExtent(options.questionSet, (reference?.model ?? model).record, options);
      const answers = extent.questions.questions.length;
      return {
        neededTokens: extent.maxTokens + 1,
        planned: (work) => planned(parity, { ...extent, reference: reference?.name ?? '', work }),
        // The reference answers twice.
        asReference: (context, folder, note, onStep) =>
          answerAsReference(context, { parity: extent, folder, note }, counting(onStep, 2 * answers)),
        against: (context, _, expected, onStep) => answerAgainst(context, expected, counting(onStep, answers)),
        alone: async () => {
          throw new Error('parity is judged with a reference');
        },
      };
    },
    result({ records, logPath }, reference) {
      const of = <T extends RunRecord['type']>(type: T) =>
        records.filter((record): record is Extract<RunRecord, { type: T }> => record.type === type);
      const verdict = of('parity_verdict').at(-1);
      if (verdict === undefined || reference === null) return undefined;
      return {
        status: verdict.passed ? 'passed' : 'failed',
        reference,
        self: of('parity_reference').at(-1)?.self ?? false,
        figures: parityFigures(of('parity')),
        reasons: verdict.reasons,
        tolerance: verdict.tolerance,
        log: logPath,
      };
    },
  };
}

function counting(onStep: (done: number, total: number) => void, total: number): () => void {
  let done = 0;
  onStep(done, total);
  return () => onStep(++done, total);
}

function resultOf(
  { reference, standing, candidates }: GroupOutcome<Judged>,
  options: ParityPassOptions,
): ParityGroupResult[] {
  if (reference === null || standing === null) return [];
  const { questions, maxTokens } = parityExtent(options.questionSet, reference.model.record, options);
  return [{ reference, questions: questions.questions.length, maxTokens, standing, candidates }];
}

// The options of the parity gate that parity.ts and benchmark.ts share.

export function withParityOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return addSettings(command, namesOf(paritySettings), { reference: { parse: parseReference } });
}
