/** The model loaded, used and unloaded again and again in one process: what it keeps, and whether that grows. */
import { startEngine } from '../../engine/engine.ts';
import { type NamedModel, type PoolContext, recipeOf } from './pool-context.ts';
import { poolMemory, processMemory } from './pool-memory.ts';

const promptTokens = 16;
const firstPlainToken = 5;

export async function measureCycles(context: PoolContext, model: NamedModel): Promise<void> {
  const { plan, workload, write, now, signal, reporter, originNs } = context;
  if (workload.cycles === 0) return;
  const { framework, settings, timeoutMs } = recipeOf(context, model, 1, 1);
  await using engine = await startEngine({
    framework,
    originNs,
    settings,
    timeoutMs,
    onCheckpoint: () => {},
    onProgress: () => {},
    onPiece: () => {},
  });
  const stop = () => void engine[Symbol.asyncDispose]();
  signal.addEventListener('abort', stop);
  try {
    await engine.probe();
    for (let cycle = 0; cycle < workload.cycles; cycle++) {
      signal.throwIfAborted();
      reporter.progress(cycle, workload.cycles);
      const startNs = now();
      context.tellEffective(await engine.load(model.model.path, settings));
      const loadNs = now() - startNs;
      await engine.generate({
        prompt: Array.from({ length: promptTokens }, (_, i) => firstPlainToken + i),
        maxTokens: workload.maxTokens,
        temperature: 0,
        seed: plan.seed,
        ignoreEndOfSequence: true,
        reusePrefix: false,
        stream: false,
      });
      const loaded = await poolMemory([engine]);
      await engine.unload();
      write({ type: 'pool_cycle', cycle, loadNs, loaded, unloaded: await processMemory([engine]) });
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
