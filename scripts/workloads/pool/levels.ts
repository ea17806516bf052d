/** Levels of concurrency, each with engines of its own: started, warmed up, asked for a while, weighed, ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnginePool } from '../../engine/pool/engine-pool.ts';
import type { EngineConfig } from '../../engine/pool/engine-slot.ts';
import { askByTurns, type Client } from './clients.ts';
import { type Level, type PoolContext, poolMemory, promptsOf, recipeOf } from './pool-context.ts';
import type { PoolLevelRecord, PoolRequestRecord } from './records.ts';

/** 1, 2, 4, ..., and at last the most itself. */
export function upTo(most: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}

export async function measureLevel(context: PoolContext, level: Level, index: number): Promise<void> {
  const { plan, workload, write, now, signal } = context;
  const concurrency = level.kind === 'models' ? level.models.length : level.engines * level.sequences;
  const enginesEach = level.kind === 'models' ? 1 : level.engines;
  const recipes = level.models.map((model) => ({
    model,
    recipe: recipeOf(context, model, level.sequences, enginesEach * level.models.length),
  }));
  const pools = await startPools(recipes, enginesEach);
  const stop = () => void Promise.all(pools.map((pool) => pool[Symbol.asyncDispose]()));
  signal.addEventListener('abort', stop);
  try {
    const [seat] = pools[0]?.slots ?? [];
    if (seat !== undefined) context.tellEffective(seat.loaded);
    const clients: Client[] = [];
    for (const [i, { model }] of recipes.entries()) {
      const pool = pools[i];
      if (pool === undefined) continue;
      const client = { pool, model: model.name, prompts: await promptsOf(context, pool, model) };
      for (const _ of pool.slots) clients.push(client);
    }
    let deadlineNs = Number.POSITIVE_INFINITY;
    const asking = {
      of: index,
      maxTokens: workload.maxTokens,
      seed: plan.seed,
      retries: 0,
      now,
      signal,
      deadlineNs: () => deadlineNs,
    };
    let warmUps = 0;
    await askByTurns(clients, { ...asking, goesOn: () => warmUps++ < clients.length });
    signal.throwIfAborted();

    const startNs = now();
    deadlineNs = startNs + workload.secondsPerLevel * 1e9;
    const ended = new AbortController();
    const told = tellTime(context, workload.secondsPerLevel, ended.signal);
    const { records } = await askByTurns(clients, { ...asking, goesOn: () => now() < deadlineNs });
    const endNs = now();
    ended.abort();
    await told;
    signal.throwIfAborted();
    const [{ recipe } = { recipe: undefined }] = recipes;
    const record: PoolLevelRecord = {
      type: 'pool_level',
      level: index,
      kind: level.kind,
      concurrency,
      engines: pools.reduce((sum, pool) => sum + pool.engines.length, 0),
      sequences: level.sequences,
      threads: recipe?.settings.threads ?? 1,
      models: level.models.map(({ name }) => name),
      startNs,
      deadlineNs,
      endNs,
      memory: await poolMemory(pools.flatMap((pool) => pool.engines)),
    };
    write(record, ...(records satisfies PoolRequestRecord[]));
  } finally {
    signal.removeEventListener('abort', stop);
    await Promise.all(pools.map((pool) => pool[Symbol.asyncDispose]()));
  }
}

/** @throws UserError when not all start; none is left then */
async function startPools(recipes: ReadonlyArray<{ recipe: EngineConfig }>, engines: number): Promise<EnginePool[]> {
  const pools: EnginePool[] = [];
  try {
    for (const { recipe } of recipes) pools.push(await EnginePool.start(recipe, { engines, queueLimit: unlimited }));
    return pools;
  } catch (error) {
    await Promise.all(pools.map((pool) => pool[Symbol.asyncDispose]()));
    throw error;
  }
}

const unlimited = 1_000_000;

async function tellTime({ reporter }: PoolContext, seconds: number, signal: AbortSignal): Promise<void> {
  for (let second = 0; second < seconds && !signal.aborted; second++) {
    reporter.progress(second, seconds);
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}
