/** The engines of a resource pool test: how each is started, what it is asked, and their memory together. */
import type { Clock } from '../../engine/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import { EnginePool, type PoolSize } from '../../engine/pool/engine-pool.ts';
import type { EngineConfig } from '../../engine/pool/slots.ts';
import type { Loaded } from '../../frameworks/messages.ts';
import type { RunRecord } from '../../log/run-log-format.ts';
import { memoryMeter } from '../../run/memory-meter.ts';
import type { EnginesContext } from '../../run/run-plan.ts';
import { renderedQuestions } from '../questions/qa-routine.ts';
import type { NamedModel, PoolPlan } from './plan.ts';
import type { PoolMemory } from './records.ts';

export interface PoolContext extends EnginesContext {
  workload: PoolPlan;
  /** Called for every engine that is up; the first one is in the log. */
  onLoaded: (loaded: Loaded) => void;
}

/** The first engine stands for all: they have the same settings except threads and sequences, which each level records. */
export function effectiveOnce(write: (record: RunRecord) => void, now: Clock): PoolContext['onLoaded'] {
  let written = false;
  return ({ effective: { notes, ...facts } }) => {
    if (written) return;
    written = true;
    write({ type: 'effective', atNs: now(), ...facts });
    for (const note of notes) write({ type: 'warning', ...note });
  };
}

/** @param engines that work at the same time and share the cores */
export function engineConfig(
  { plan, workload: { threads, cores }, originNs }: PoolContext,
  { model }: NamedModel,
  { sequences = 1, engines = 1 }: { sequences?: number; engines?: number },
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

/**
 * Starts a pool for each model, and ends all of them with the work, or when the run is stopped.
 * @throws UserError when not all engines start
 */
export async function withPools<T>(
  { signal, onLoaded }: PoolContext,
  configs: readonly EngineConfig[],
  size: PoolSize,
  work: (pools: readonly EnginePool[]) => Promise<T>,
): Promise<T> {
  const pools: EnginePool[] = [];
  const end = () => Promise.all(pools.map((pool) => pool[Symbol.asyncDispose]()));
  signal.addEventListener('abort', end);
  try {
    for (const config of configs) pools.push(await EnginePool.start(config, size));
    signal.throwIfAborted();
    const [slot] = pools[0]?.slots ?? [];
    if (slot !== undefined) onLoaded(slot.loaded);
    return await work(pools);
  } finally {
    signal.removeEventListener('abort', end);
    await end();
  }
}

/** The questions as token ids of this model, in the order that the seed draws. */
export async function promptsOf(
  { plan, workload: { questions }, signal }: PoolContext,
  pool: EnginePool,
  { model }: NamedModel,
): Promise<number[][]> {
  const rendered = await pool.run(signal, ({ engine }) => renderedQuestions(engine, model, questions, plan.seed));
  return rendered.map(({ prompt }) => prompt);
}

/** Greedy answers of equal length. */
export function poolRequest(prompt: number[], { plan, workload: { maxTokens } }: PoolContext) {
  const { seed } = plan;
  return { prompt, maxTokens, temperature: 0, seed, ignoreEndOfSequence: true, reusePrefix: false, stream: false };
}

/** Read while nothing is computed: the proportional set size walks every page table. */
export async function poolMemory(engines: readonly Engine[]): Promise<PoolMemory> {
  const reported = await Promise.all(engines.map((engine) => engine.memory()));
  return { ...(await processMemory(engines)), engineBytes: sumOf(reported.map(({ deviceBytes }) => deviceBytes)) };
}

/** Memory of the processes alone, for engines that have no model loaded. */
export async function processMemory(engines: ReadonlyArray<Pick<Engine, 'pid' | 'tokenizerPid'>>): Promise<PoolMemory> {
  const meter = memoryMeter();
  const readings = await Promise.all(engines.map(({ pid }) => meter.read(pid)));
  const tokenizers = await Promise.all(
    engines.flatMap(({ tokenizerPid }) => tokenizerPid ?? []).map((pid) => meter.glance(pid)),
  );
  return {
    residentBytes: sumOfResident(readings),
    proportionalBytes: sumOf(readings.map(({ proportionalBytes }) => proportionalBytes)),
    uniqueBytes: sumOf(readings.map(({ uniqueBytes }) => uniqueBytes)),
    engineBytes: null,
    ...(tokenizers.length === 0 ? {} : { tokenizerBytes: sumOfResident(tokenizers) }),
    meter: meter.name,
  };
}

function sumOfResident(readings: ReadonlyArray<{ residentBytes: number }>): number {
  return readings.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}

/** Null unless all are known. */
function sumOf(values: ReadonlyArray<number | undefined>): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === undefined ? null : sum + value), 0);
}
