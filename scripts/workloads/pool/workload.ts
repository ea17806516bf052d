/** The resource pool: levels of concurrency, load cycles and faults, each with engines of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine } from '../../engine/engine.ts';
import type { EnginesContext } from '../../run/run-plan.ts';
import type { EnginesWorkload } from '../workload.ts';
import { askByTurns, type Client } from './clients.ts';
import {
  effectiveOnce,
  engineConfig,
  type PoolContext,
  poolMemory,
  poolRequest,
  processMemory,
  promptsOf,
  withPools,
} from './engines.ts';
import type { Level, PoolPlan } from './plan.ts';
import { measureRecovery } from './recovery.ts';

export const pool: EnginesWorkload<PoolPlan> = {
  name: 'pool',
  title: 'resource pool',
  ownEngines: true,
  requested({ levels, faults, cycles, secondsPerLevel, retries, maxTokens }) {
    const of = (kind: Level['kind']) => levels.filter((level) => level.kind === kind);
    const alone = of('models').flatMap(({ models }) => (models.length === 1 ? models.map(({ name }) => name) : []));
    return {
      pool_engines: of('engines')
        .map(({ engines }) => engines)
        .join(','),
      pool_sequences: of('sequences')
        .map(({ sequences }) => sequences)
        .join(','),
      pool_models: alone.join(','),
      pool_faults: faults.join(','),
      cycles,
      secondsPerLevel,
      retries,
      maxTokens,
      temperature: 0,
    };
  },
  asks: (plan) => plan.questions,
  run: measurePool,
};

async function measurePool(running: EnginesContext, plan: PoolPlan): Promise<void> {
  const { reporter, write, now } = running;
  const context: PoolContext = { ...running, workload: plan, onLoaded: effectiveOnce(write, now) };
  for (const [index, level] of plan.levels.entries()) {
    reporter.stage(`level ${index + 1} of ${plan.levels.length}: ${levelName(level)}`);
    await measureLevel(context, level, index);
  }
  reporter.stage('loading and unloading');
  if (plan.cycles > 0) await measureCycles(context);
  for (const fault of plan.faults) {
    reporter.stage(`recovery: ${fault.replaceAll('_', ' ')}`);
    await measureRecovery(context, fault);
  }
}

function levelName({ kind, engines, sequences, models }: Level): string {
  if (kind === 'models') return models.map(({ name }) => name).join(' + ');
  return kind === 'engines' ? `engines: ${engines}` : `sequences: ${sequences}`;
}

/** With engines of its own: started, warmed up, asked for a while, weighed, ended. */
async function measureLevel(context: PoolContext, level: Level, index: number): Promise<void> {
  const { workload, write, now, signal } = context;
  const { kind, sequences, models } = level;
  const enginesEach = kind === 'models' ? 1 : level.engines;
  const share = { sequences, engines: enginesEach * models.length };
  const configs = models.map((model) => engineConfig(context, model, share));
  await withPools(context, configs, { engines: enginesEach, queueLimit: unlimited }, async (pools) => {
    const clients: Client[] = [];
    for (const [i, pool] of pools.entries()) {
      const model = models[i];
      if (model === undefined) continue;
      const client = { pool, model: model.name, prompts: await promptsOf(context, pool, model) };
      clients.push(...pool.slots.map(() => client));
    }
    const asking = { of: index, retries: 0, deadlineNs: Number.POSITIVE_INFINITY };
    let warmUps = 0;
    await askByTurns(context, clients, { ...asking, goesOn: () => warmUps++ < clients.length });
    signal.throwIfAborted();

    const startNs = now();
    const deadlineNs = startNs + workload.secondsPerLevel * 1e9;
    const ended = new AbortController();
    const reported = reportTime(context, ended.signal);
    const { records } = await askByTurns(context, clients, { ...asking, deadlineNs, goesOn: () => now() < deadlineNs });
    const endNs = now();
    ended.abort();
    await reported;
    signal.throwIfAborted();
    write(
      {
        type: 'pool_level',
        level: index,
        kind,
        concurrency: kind === 'models' ? models.length : level.engines * sequences,
        engines: pools.reduce((sum, pool) => sum + pool.engines.length, 0),
        sequences,
        threads: configs[0]?.settings.threads ?? 1,
        models: models.map(({ name }) => name),
        startNs,
        deadlineNs,
        endNs,
        memory: await poolMemory(pools.flatMap((pool) => pool.engines)),
      },
      ...records,
    );
  });
}

async function reportTime({ reporter, workload }: PoolContext, signal: AbortSignal): Promise<void> {
  const seconds = workload.secondsPerLevel;
  for (let second = 0; second < seconds && !signal.aborted; second++) {
    reporter.progress(second, seconds);
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

const unlimited = 1_000_000;
const promptTokens = 16;
const firstPlainToken = 5;

/** The model loaded, used and unloaded again and again in one process: what it keeps, and whether that grows. */
async function measureCycles(context: PoolContext): Promise<void> {
  const { workload, write, now, signal, reporter, onLoaded } = context;
  const { model, ...options } = engineConfig(context, workload.model, {});
  await using engine = await startEngine(options);
  const stop = () => void engine[Symbol.asyncDispose]();
  signal.addEventListener('abort', stop);
  try {
    await engine.probe();
    const prompt = Array.from({ length: promptTokens }, (_, i) => firstPlainToken + i);
    for (let cycle = 0; cycle < workload.cycles; cycle++) {
      signal.throwIfAborted();
      reporter.progress(cycle, workload.cycles);
      const startNs = now();
      onLoaded(await engine.load(model.path, options.settings));
      const loadNs = now() - startNs;
      await engine.generate(poolRequest(prompt, context));
      const loaded = await poolMemory([engine]);
      await engine.unload();
      write({ type: 'pool_cycle', cycle, loadNs, loaded, unloaded: await processMemory([engine]) });
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
