/**
 * Runs llama-bench's pp and tg tests (tools/llama-bench/llama-bench.cpp, test_prompt and test_gen): random token ids, the first
 * one BOS if the vocabulary has it, synchronised, no sampling.
 */
import type { KernelClock, KernelTest } from '../framework.ts';
import type { Native } from './addon.ts';
import type { DecodeLoop } from './decode-loop.ts';

const sequence = 0;
const firstLogit = Uint32Array.of(0);

export async function runKernel(
  native: Native,
  loop: DecodeLoop,
  vocabulary: { size: number; bos: number | null },
  test: KernelTest,
  clock: KernelClock,
): Promise<void> {
  const tokens = randomTokens(test.depth + test.tokens, vocabulary, test.seed);
  loop.reset();
  if (test.depth > 0) await loop.prefill(tokens.slice(0, test.depth), 0);
  const work = tokens.slice(test.depth);
  if (test.test === 'pp') {
    clock.start();
    await loop.prefill(work, test.depth);
    clock.stop();
  } else {
    await decodeSingly(native, work, test.depth, clock);
  }
  loop.reset();
}

/** Decodes tokens one by one; they are random, so no decode waits for a sampler. */
async function decodeSingly(native: Native, tokens: Uint32Array, from: number, clock: KernelClock): Promise<void> {
  const { context } = native;
  const single = Array.from(tokens, (_, i) => tokens.subarray(i, i + 1));
  clock.start();
  for (let i = 0; i < single.length; i++) {
    context.initBatch(1);
    context.addToBatch(sequence, from + i, single[i] ?? tokens, firstLogit);
    await context.decodeBatch();
  }
  clock.stop();
}

/** A linear congruential generator (Numerical Recipes): any ids do, but the same seed must give the same ones. */
function randomTokens(count: number, vocabulary: { size: number; bos: number | null }, seed: number): Uint32Array {
  const tokens = new Uint32Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    tokens[i] = Math.floor((state / 2 ** 32) * vocabulary.size);
  }
  if (vocabulary.bos !== null && count > 0) tokens[0] = vocabulary.bos;
  return tokens;
}
