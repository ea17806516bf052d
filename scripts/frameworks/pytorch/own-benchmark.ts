/** Plain torch: prefill and decode written by hand and the engine without its bridge (baselines.py). */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { $ } from 'zx';
import { usageError } from '../../command-line/errors.ts';
import { type BenchmarkSubject, type OwnBenchmark, oneShot } from '../own-benchmark.ts';

const scripts = fileURLToPath(new URL('../../', import.meta.url));
const rate = z.number().positive();
const decodeRates = z.object({
  engine: z.array(rate),
  byHand: z.array(rate),
  ratio: rate,
  bytesPerToken: rate,
  bandwidth: rate,
  mbu: z.object({ engine: rate, byHand: rate }),
});
/** Formats that the loops by hand compute in. */
const computed = ['float32', 'bfloat16', 'float16'];

export const ownBenchmark: OwnBenchmark = {
  work: 'kernel',
  defaults: {
    // In float32, or with --precision in 16 bits.
    shapes: ['95M:f32'],
    starts: 5,
    rounds: 3,
    tests: { nPrompt: 512, nGen: 128 },
  },

  async prepare({ python }) {
    const { path } = await python();
    const printedBy = async (
      baseline: 'loop' | 'decode' | 'bridge',
      subject: BenchmarkSubject,
      flags: readonly string[],
    ) => {
      const { modelPath, settings, nGen } = subject;
      const precision = settings.precision === 'auto' ? 'float32' : settings.precision;
      if (!computed.includes(precision)) {
        throw usageError(`there is no loop by hand for ${precision}`, `Choose --precision ${computed.join(', ')}.`);
      }
      const run = $({ quiet: true, cwd: scripts });
      const { stdout } =
        await run`${path} -m frameworks.pytorch.baselines ${baseline} --model ${resolve(modelPath)} --precision ${precision} --threads ${settings.threads} --n-gen ${nGen} ${flags}`;
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
      async decodeRates(subject, repetitions) {
        return decodeRates.parse(await printedBy('decode', subject, ['--repetitions', `${repetitions}`]));
      },
    };
  },
};
