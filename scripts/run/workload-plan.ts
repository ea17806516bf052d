/** From the workload options to the plan of a run. */

import { exitCodes, UserError } from '../command-line/errors.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import { defaults, type NamedWorkload } from '../settings/defaults.ts';
import type { LoadOptionValues } from '../workloads/load/load-options.ts';
import type { LoadShape } from '../workloads/load/load-shape.ts';
import { defaultQuestionsFile, readQuestions } from '../workloads/questions/questions.ts';
import type { EmbeddingPlan, KernelPlan, LoadPlan, QaPlan } from './run-plan.ts';

export interface WorkloadOptionValues {
  workload: NamedWorkload;
  questions?: string | undefined;
  maxTokens: number;
  temperature: number;
  ignoreEndOfSequence: boolean;
  /** Undefined: the default. */
  minSeconds?: number | undefined;
  nPrompt: number;
  nGen: number;
  depth: number;
  repetitions: number;
  batchTexts: number;
}

/**
 * @param rounds of the question list within the run, at least
 * @param firstRound drawn into the order of the questions
 * @throws UserError when the questions cannot be read or the context is too small for the workload
 */
export async function workloadPlan(
  options: WorkloadOptionValues,
  model: ResolvedModel,
  contextTokens: number,
  rounds: number,
  firstRound: number,
): Promise<QaPlan | KernelPlan | EmbeddingPlan> {
  if (options.workload === 'kernel') {
    const { nPrompt, nGen, depth, repetitions } = options;
    requireContext(depth + Math.max(nPrompt, nGen), contextTokens);
    return { kind: 'kernel', nPrompt, nGen, depth, repetitions };
  }
  const questions = await readQuestions(options.questions ?? defaultQuestionsFile);
  const { minSeconds = defaults.minSeconds } = options;
  if (options.workload === 'embedding') {
    return { kind: 'embedding', questions, rounds, firstRound, minSeconds, batchTexts: options.batchTexts };
  }
  requireContext(options.maxTokens + 1, contextTokens);
  const { source } = model.record;
  return {
    kind: 'qa',
    questions,
    rounds,
    firstRound,
    minSeconds,
    // The predefined answers are the embedded model's; a file of one's own comes with answers of one's own.
    judged: source === 'embedded' || (options.questions !== undefined && source !== 'synthetic'),
    maxTokens: options.maxTokens,
    temperature: options.temperature,
    ignoreEndOfSequence: options.ignoreEndOfSequence,
  };
}

/**
 * @param shape of the load that was asked for
 * @throws UserError when the questions cannot be read, the context is too small, or a stage would take too long
 */
export async function loadPlan(
  options: Omit<WorkloadOptionValues, 'nPrompt' | 'nGen' | 'depth' | 'repetitions' | 'batchTexts'> & {
    timeoutSeconds: number;
  },
  load: Omit<LoadOptionValues, 'load'>,
  shape: LoadShape,
  contextTokens: number,
): Promise<LoadPlan> {
  if (options.workload !== 'qa') {
    throw new UserError(`a load test asks questions; there is none of the workload ${options.workload}`, {
      exitCode: exitCodes.usage,
      remedy: 'Leave --workload out, or --load.',
    });
  }
  const { loadSeconds, loadWarmUp, requestTimeoutSeconds, slo } = load;
  requireContext(options.maxTokens + 1, contextTokens);
  requirePatience(loadSeconds + requestTimeoutSeconds, options.timeoutSeconds);
  return {
    kind: 'load',
    shape,
    questions: await readQuestions(options.questions ?? defaultQuestionsFile),
    seconds: loadSeconds,
    warmUpRequests: loadWarmUp,
    requestTimeoutMs: Math.round(requestTimeoutSeconds * 1000),
    objectives: slo ?? {},
    maxTokens: options.maxTokens,
    temperature: options.temperature,
    ignoreEndOfSequence: options.ignoreEndOfSequence,
  };
}

/** The client is busy for a whole stage; it must not count as hung before that has ended. */
function requirePatience(stageSeconds: number, timeoutSeconds: number): void {
  if (stageSeconds < timeoutSeconds) return;
  throw new UserError(
    `a stage may take ${stageSeconds} s, its last request included, and --timeout is ${timeoutSeconds} s`,
    {
      exitCode: exitCodes.usage,
      remedy: `Add --timeout ${stageSeconds + 60}, or shorten --load-seconds or --request-timeout.`,
    },
  );
}

/** @throws UserError with the option that mends it */
export function requireContext(needed: number, context: number): void {
  if (needed <= context) return;
  throw new UserError(`this workload needs a context of at least ${needed} tokens, not ${context}`, {
    exitCode: exitCodes.usage,
    remedy: `Add --context ${2 ** Math.ceil(Math.log2(needed))}.`,
  });
}
