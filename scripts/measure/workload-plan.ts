/** From the workload options to the plan of a run. */
import { exitCodes, UserError } from '../command-line/errors.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import { defaultQuestionsFile, readQuestions } from './questions.ts';
import type { KernelPlan, QaPlan } from './run-plan.ts';

export interface WorkloadOptionValues {
  workload: 'qa' | 'kernel';
  questions?: string | undefined;
  maxTokens: number;
  temperature: number;
  ignoreEos: boolean;
  nPrompt: number;
  nGen: number;
  depth: number;
  repetitions: number;
}

/**
 * @param rounds rounds of the question list within the run
 * @param firstRound drawn into the order of the questions
 * @throws UserError when the questions cannot be read or the context is too small for the workload
 */
export async function workloadPlan(
  options: WorkloadOptionValues,
  model: ResolvedModel,
  contextTokens: number,
  rounds: number,
  firstRound: number,
): Promise<QaPlan | KernelPlan> {
  if (options.workload === 'kernel') {
    const { nPrompt, nGen, depth, repetitions } = options;
    requireContext(depth + Math.max(nPrompt, nGen), contextTokens);
    return { kind: 'kernel', nPrompt, nGen, depth, repetitions };
  }
  requireContext(options.maxTokens + 1, contextTokens);
  const questions = await readQuestions(options.questions ?? defaultQuestionsFile);
  const { source } = model.record;
  return {
    kind: 'qa',
    questions,
    rounds,
    firstRound,
    // The predefined answers are the embedded model's; a file of one's own comes with answers of one's own.
    judged: source === 'embedded' || (options.questions !== undefined && source !== 'synthetic'),
    maxTokens: options.maxTokens,
    temperature: options.temperature,
    ignoreEndOfSequence: options.ignoreEos,
  };
}

/** @throws UserError with the option that mends it */
export function requireContext(needed: number, context: number): void {
  if (needed <= context) return;
  throw new UserError(`this workload needs a context of at least ${needed} tokens, not ${context}`, {
    exitCode: exitCodes.usage,
    remedy: `Add --context ${2 ** Math.ceil(Math.log2(needed))}.`,
  });
}
