/** Plain torch: prefill and decode written by hand and the engine without its bridge (baselines.py). */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { $ } from 'zx';
import { type BenchmarkSubject, type OwnBenchmark, oneShot } from '../own-benchmark.ts';

const scripts = fileURLToPath(new URL('../../', import.meta.url));
const rate = z.number().positive();

export const ownBenchmark: OwnBenchmark = {
  work: 'kernel',
  defaults: {
    // The loop by hand computes in float32.
    shapes: ['95M:f32'],
    starts: 5,
    rounds: 3,
    tests: { nPrompt: 512, nGen: 128 },
  },

  async prepare({ python }) {
    const { path } = await python();
    const printedBy = async (baseline: 'loop' | 'bridge', subject: BenchmarkSubject, flags: readonly string[]) => {
      const { modelPath, settings, nGen } = subject;
      const run = $({ quiet: true, cwd: scripts });
      const { stdout } =
        await run`${path} -m frameworks.pytorch.baselines ${baseline} --model ${resolve(modelPath)} --threads ${settings.threads} --n-gen ${nGen} ${flags}`;
      return JSON.parse(stdout);
    };
    return {
      references: async (subject) => ({
        starters: {
          'by hand': oneShot(async () => {
            const flags = ['--n-prompt', `${subject.nPrompt}`, '--repetitions', '1'];
            return { rates: z.object({ pp: rate, tg: rate }).parse(await printedBy('loop', subject, flags)) };
          }),
        },
      }),
      async hostRates(subject, repetitions) {
        const printed = await printedBy('bridge', subject, ['--repetitions', `${repetitions}`]);
        const { bare, bridged } = z.object({ bare: rate, bridged: rate }).parse(printed);
        return { bare, hosted: bridged };
      },
    };
  },
};
