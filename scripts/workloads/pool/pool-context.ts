/** What the parts of a resource pool test share. */

import type { Engine } from '../../engine/engine.ts';
import type { EnginePool } from '../../engine/pool/engine-pool.ts';
import type { EngineConfig } from '../../engine/pool/engine-slot.ts';
import type { Loaded } from '../../frameworks/messages.ts';
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import { memoryMeter } from '../../run/memory-meter.ts';
import type { EnginesContext } from '../../run/run-plan.ts';
import { messagesOf, type QuestionSet } from '../questions/questions.ts';
import { questionOrder } from '../questions/records.ts';
import type { Fault, PoolLevelRecord, PoolMemory } from './records.ts';

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
): EngineConfig {
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

// Memory of several engines together, and what they say of themselves.

/** Read while nothing is computed: the proportional set size walks every page table. */
export async function poolMemory(engines: readonly Engine[]): Promise<PoolMemory> {
  const told = await Promise.all(engines.map((engine) => engine.memory()));
  return { ...(await processMemory(engines)), engineBytes: sum(told.map(({ deviceBytes }) => deviceBytes)) };
}

/** Of engines that have no model and nothing to say of themselves. */
export async function processMemory(engines: ReadonlyArray<Pick<Engine, 'pid' | 'tokenizerPid'>>): Promise<PoolMemory> {
  const meter = memoryMeter();
  const readings = await Promise.all(engines.map(({ pid }) => meter.read(pid)));
  const lenders = engines.flatMap(({ tokenizerPid }) => tokenizerPid ?? []);
  const lending = await Promise.all(lenders.map((pid) => meter.glance(pid)));
  return {
    residentBytes: readings.reduce((total, { residentBytes }) => total + residentBytes, 0),
    proportionalBytes: sum(readings.map(({ proportionalBytes }) => proportionalBytes)),
    uniqueBytes: sum(readings.map(({ uniqueBytes }) => uniqueBytes)),
    engineBytes: null,
    ...(lending.length === 0
      ? {}
      : { tokenizerBytes: lending.reduce((total, { residentBytes }) => total + residentBytes, 0) }),
    meter: meter.name,
  };
}

/** Null unless all are known. */
function sum(values: ReadonlyArray<number | undefined>): number | null {
  return values.reduce<number | null>(
    (total, value) => (total === null || value === undefined ? null : total + value),
    0,
  );
}
