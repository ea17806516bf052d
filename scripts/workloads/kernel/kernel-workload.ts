/** llama-bench's two tests, so that numbers compare with what people publish: pp and tg, each warmed up and repeated. */

import type { Phase } from '../../log/record-fields.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { KernelPlan } from '../../run/run-plan.ts';
import { writeWarmUp } from '../../run/warm-up.ts';

export async function measureKernel(context: RunContext, kernel: KernelPlan): Promise<void> {
  const tests = [
    { test: 'pp' as const, tokens: kernel.nPrompt },
    { test: 'tg' as const, tokens: kernel.nGen },
  ];
  const { plan, timeLog, write, reporter } = context;
  const total = tests.length * kernel.repetitions;
  let done = 0;
  for (const { test, tokens } of tests) {
    const label = `${test}${tokens}`;
    const repeat = async (repetition: number, phase: Phase): Promise<number> => {
      context.checkInterrupted();
      const result = await context.engine.kernel({ test, tokens, depth: kernel.depth, seed: plan.seed + repetition });
      write({ type: 'kernel', test, repetition, phase, tokens, depth: kernel.depth, ...result });
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
        for (let repetition = 0; repetition < kernel.repetitions; repetition++) {
          reporter.progress(done++, total);
          await repeat(repetition, 'measured');
        }
      },
      label,
    );
  }
  reporter.progress(total, total);
}
