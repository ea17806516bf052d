/** llama-bench, llama.cpp's own benchmark, compared with the engine in the prebuilt library and in the native build. */
import { z } from 'zod';
import { $ } from 'zx';
import { type OwnBenchmark, oneShot } from '../own-benchmark.ts';
import { nativeTool } from './tools/native-tool.ts';

export const ownBenchmark: OwnBenchmark = {
  work: 'kernel',
  defaults: {
    shapes: ['15M', '135M', '1B'].flatMap((size) => ['f16', 'q8_0', 'q4_0'].map((format) => `${size}:${format}`)),
    threadCounts: [1, 2],
    starts: 2,
    rounds: 3,
  },
  engines: { prebuilt: { llamacppBuild: 'prebuilt' }, native: { llamacppBuild: 'native' } },

  async prepare({ program, build, progress, signal }) {
    // The one of the native build comes first: it has the source and the options of what is compared with it.
    const path = await nativeTool({
      name: 'llama-bench',
      option: '--program',
      given: program,
      build,
      nativeFirst: true,
      progress,
      signal,
    });
    return {
      references: async ({ modelPath, settings: { threads }, nPrompt, nGen }) => ({
        starters: {
          'llama-bench': oneShot(async () => {
            const { stdout } = await $({
              quiet: true,
            })`${path} -m ${modelPath} -t ${threads} -p ${nPrompt} -n ${nGen} -r 1 -ngl 0 -o json`;
            return { rates: ratesOf(stdout) };
          }),
        },
      }),
    };
  },
};

const resultSchema = z.array(z.object({ n_prompt: z.int(), n_gen: z.int(), avg_ts: z.number() }));

/** Tokens per second of the pp and tg tests. @param printed JSON of llama-bench */
function ratesOf(printed: string): { pp: number; tg: number } {
  const results = resultSchema.parse(JSON.parse(printed));
  const rate = (wanted: (result: (typeof results)[number]) => boolean) => results.find(wanted)?.avg_ts ?? Number.NaN;
  return { pp: rate((result) => result.n_prompt > 0), tg: rate((result) => result.n_gen > 0) };
}
