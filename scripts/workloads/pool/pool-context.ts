/** What the parts of a resource pool test share. */
import type { Clock } from '../../engine/clock.ts';
import type { Loaded } from '../../engine/protocol.ts';
import type { RunRecord } from '../../log/run-log-format.ts';
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import type { RunReporter } from '../../run/run-context.ts';
import type { PoolPlan, RunPlan } from '../../run/run-plan.ts';
import type { EnginePool } from '../../serve/engine-pool.ts';
import type { EngineRecipe } from '../../serve/engine-seat.ts';
import { messagesOf, questionOrder } from '../questions/questions.ts';

export interface NamedModel {
  /** 'Tiny chat f16' */
  name: string;
  model: ResolvedModel;
}

export interface PoolContext {
  plan: RunPlan;
  workload: PoolPlan;
  /** As asked; absent: the cores are shared out. */
  threads: number | undefined;
  cores: number;
  originNs: bigint;
  now: Clock;
  signal: AbortSignal;
  reporter: RunReporter;
  write: (...records: RunRecord[]) => void;
  /** Told of every engine that is up; the first one counts. */
  tellEffective: (loaded: Loaded) => void;
}

export function namedModel(model: ResolvedModel): NamedModel {
  return { name: `${model.record.name} ${model.record.quantization.got}`, model };
}

/** @param engines that work at the same time and share the cores */
export function recipeOf(
  { plan, threads, cores, originNs }: PoolContext,
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
