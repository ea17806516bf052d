/** What the parts of a resource pool test share. */

import type { Loaded } from '../../engine/protocol.ts';
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import type { EnginesContext } from '../../run/run-plan.ts';
import type { EnginePool } from '../../serve/engine-pool.ts';
import type { EngineRecipe } from '../../serve/engine-seat.ts';
import { messagesOf, type QuestionSet } from '../questions/questions.ts';
import { questionOrder } from '../questions/records.ts';
import type { Fault, PoolLevelRecord } from './records.ts';

export interface NamedModel {
  /** 'Tiny chat f16' */
  name: string;
  model: ResolvedModel;
}

/** Answers at a time: by engine processes, by sequences of one engine, or by models side by side. */
export interface Level {
  kind: PoolLevelRecord['kind'];
  engines: number;
  sequences: number;
  /** One for all engines, or one for each. */
  models: readonly NamedModel[];
}

export interface PoolPlan {
  questions: QuestionSet;
  levels: readonly Level[];
  /** The model of the run, which cycles and faults load. */
  model: NamedModel;
  faults: readonly Fault[];
  cycles: number;
  secondsPerLevel: number;
  /** How often a client repeats a request that failed. */
  retries: number;
  maxTokens: number;
  /** Of each engine, as asked; undefined: the cores are divided among the engines. */
  threads: number | undefined;
  cores: number;
}

export interface PoolContext extends EnginesContext {
  workload: PoolPlan;
  /** Told of every engine that is up; the first one counts. */
  tellEffective: (loaded: Loaded) => void;
}

export function namedModel(model: ResolvedModel): NamedModel {
  return { name: `${model.record.name} ${model.record.quantization.got}`, model };
}

/** @param engines that work at the same time and share the cores */
export function recipeOf(
  { plan, workload: { threads, cores }, originNs }: PoolContext,
  { model }: NamedModel,
  sequences: number,
  engines: number,
): EngineRecipe {
  return {
    framework: plan.framework,
    model,
    settings: {
      ...plan.settings,
      threads: threads ?? Math.max(1, Math.floor(cores / engines)),
      contextTokens: Math.min(plan.settings.contextTokens, model.record.contextLength),
      ...(sequences === 1 ? {} : { sequences }),
    },
    originNs,
    timeoutMs: plan.timeoutMs,
  };
}

/** The questions as token ids of this model, in the order that the seed draws. */
export async function promptsOf(
  { plan, workload, signal }: PoolContext,
  pool: EnginePool,
  { model }: NamedModel,
): Promise<number[][]> {
  const template = chatTemplateOf(model);
  const { questions } = workload;
  return pool.run(signal, async ({ engine }) => {
    const prompts: number[][] = [];
    for (const question of questionOrder(questions.questions, plan.seed, 0)) {
      const { text } = await template(messagesOf(questions, question));
      prompts.push((await engine.tokenize(text)).ids);
    }
    return prompts;
  });
}
