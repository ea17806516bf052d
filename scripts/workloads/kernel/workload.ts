/** llama-bench's two tests, so that numbers compare with what people publish: pp and tg, each warmed up and repeated. */
import { usageError } from '../../command-line/errors.ts';
import type { Phase } from '../../log/record-fields.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { writeWarmUp } from '../../run/warm-up.ts';
import { type EngineWorkload, requireContext, statisticsTable } from '../workload.ts';

export interface KernelPlan {
  nPrompt: number;
  nGen: number;
  depth: number;
  repetitions: number;
}

export const kernel: EngineWorkload<KernelPlan> = {
  name: 'kernel',
  title: "llama-bench's tests",
  asked: true,
  watched: true,
  warmsUp: true,
  extent: { done: 'tokens were decoded', more: '--repetitions N' },
  async plan({ nPrompt, nGen, depth, repetitions }, { contextTokens }) {
    requireContext(depth + Math.max(nPrompt, nGen), contextTokens);
    return { nPrompt, nGen, depth, repetitions };
  },
  requested: ({ nPrompt, nGen, depth, repetitions }) => ({ nPrompt, nGen, depth, repetitions }),
  requireLoaded(abilities, { framework }) {
    if (abilities.kernel) return;
    throw usageError(`${framework.title} has no kernel workload`, 'Use --workload qa.');
  },
  run: measureKernel,
  summary({ kernel: found }) {
    if (found === null) return null;
    const depth = found.depth === 0 ? '' : ` @ d${found.depth}`;
    const choice = found.choosesToken ? ', with choosing a token' : '';
    return {
      tables: [
        statisticsTable([
          [`pp${found.nPrompt}${depth}${choice} (tokens/s)`, found.pp],
          [`tg${found.nGen}${depth}${choice} (tokens/s)`, found.tg],
        ]),
      ],
      facts: [],
    };
  },
};

async function measureKernel(context: RunContext, asked: KernelPlan): Promise<void> {
  const tests = [
    { test: 'pp' as const, tokens: asked.nPrompt },
    { test: 'tg' as const, tokens: asked.nGen },
  ];
  const { plan, timeLog, write, reporter } = context;
  const total = tests.length * asked.repetitions;
  let done = 0;
  for (const { test, tokens } of tests) {
    const label = `${test}${tokens}`;
    const repeat = async (repetition: number, phase: Phase): Promise<number> => {
      context.checkInterrupted();
      const result = await context.engine.kernel({ test, tokens, depth: asked.depth, seed: plan.seed + repetition });
      write({ type: 'kernel', test, repetition, phase, tokens, depth: asked.depth, ...result });
      return result.durationNs;
    };
    reporter.stage(`warming up ${label}`);
    await timeLog.span(
      'warmup',
      async () => {
        await repeat(0, 'cold');
        await writeWarmUp(context, label, {
          attempt: async (attempt) => ({ tokens, ns: await repeat(attempt, 'warmup') }),
          paces: (tries, from) => tries.slice(from).map(({ ns }) => ns),
        });
      },
      label,
    );
    reporter.stage(`measuring ${label}`);
    await timeLog.span(
      'kernel',
      async () => {
        for (let repetition = 0; repetition < asked.repetitions; repetition++) {
          reporter.progress(done++, total);
          await repeat(repetition, 'measured');
        }
      },
      label,
    );
  }
  reporter.progress(total, total);
}
