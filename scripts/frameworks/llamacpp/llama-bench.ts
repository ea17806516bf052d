/** llama.cpp's own benchmark, as the yardstick of ours. */
import { z } from 'zod';
import { $ } from 'zx';
import { type NativeTool, nativeTool } from './tools/native-tool.ts';

/**
 * The one of the native build comes first: it has the source and the options of what is held against it.
 * @throws UserError when there is none
 */
export function llamaBench(tool: Pick<NativeTool, 'given' | 'build' | 'progress' | 'signal'>): Promise<string> {
  return nativeTool({ ...tool, name: 'llama-bench', nativeFirst: true });
}

const resultSchema = z.array(
  z.object({
    n_prompt: z.int(),
    n_gen: z.int(),
    avg_ts: z.number(),
    stddev_ts: z.number(),
    samples_ts: z.array(z.number()),
  }),
);

/** Tokens per second of the pp and tg tests, averaged over `repetitions` by llama-bench itself. */
export async function runLlamaBench(
  path: string,
  test: { model: string; threads: number; nPrompt: number; nGen: number; repetitions: number },
): Promise<{ pp: number; tg: number }> {
  const { model, threads, nPrompt, nGen, repetitions } = test;
  const output = await $({
    quiet: true,
  })`${path} -m ${model} -t ${threads} -p ${nPrompt} -n ${nGen} -r ${repetitions} -ngl 0 -o json`;
  const results = resultSchema.parse(JSON.parse(output.stdout));
  const rate = (wanted: (result: (typeof results)[number]) => boolean) => results.find(wanted)?.avg_ts ?? Number.NaN;
  return { pp: rate((result) => result.n_prompt > 0), tg: rate((result) => result.n_gen > 0) };
}
