/**
 * llama-bench's pp and tg tests (tools/llama-bench/llama-bench.cpp, test_prompt and test_gen): random token ids, the first
 * one BOS where the vocabulary has it, no sampling. A graph that finds the greatest logit does so here too, as the engine
 * says (kernelChoosesToken); nobody looks at it.
 */
import { randomWords } from '../../models/synthetic/random-blocks.ts';
import type { KernelClock, KernelTest } from '../framework.ts';
import type { GraphRunner } from './graph-runner.ts';

/** @param bos null where the vocabulary has none */
export async function runKernel(
  runner: GraphRunner,
  vocabulary: { size: number; bos: number | null },
  { test, tokens, depth, seed }: KernelTest,
  clock: KernelClock,
): Promise<void> {
  const random = randomWords(seed);
  const ids = Int32Array.from({ length: depth + tokens }, () => random() % vocabulary.size);
  if (vocabulary.bos !== null) ids[0] = vocabulary.bos;
  runner.begin(ids.length);
  if (depth > 0) await runner.evaluate(ids.subarray(0, depth));
  const work = ids.subarray(depth);
  const runs = test === 'pp' ? [work] : Array.from(work, (_, i) => work.subarray(i, i + 1));
  clock.start();
  for (const run of runs) await runner.evaluate(run);
  clock.stop();
}
