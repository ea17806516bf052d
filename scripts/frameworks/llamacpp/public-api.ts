/** Generation through the binding's public API: for versions whose native loop is out of reach. */
import type { LlamaContextSequence, LlamaModel } from 'node-llama-cpp';
import type { Generated, GenerateOptions, TokenSink } from '../framework.ts';
import { assertFits } from './decode-loop.ts';
import { isToken } from './tokens.ts';

/** Prompt evaluation ends inside the library, so `promptEvaluated` is never called. */
export async function generateThroughSequence(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  prompt: Int32Array,
  options: GenerateOptions,
  sink: TokenSink,
): Promise<Generated> {
  assertFits(prompt.length + options.maxTokens, sequence.contextSize);
  await sequence.clearHistory();
  const tokens = sequence.evaluate([...prompt].filter(isToken), {
    temperature: options.temperature,
    seed: options.seed,
    yieldEogToken: true,
  });
  let generated = 0;
  for await (const token of tokens) {
    if (!options.ignoreEndOfSequence && model.isEogToken(token)) return { stop: 'end', cachedPromptTokens: 0 };
    generated++;
    if (!sink.token(token)) return { stop: 'cancelled', cachedPromptTokens: 0 };
    if (generated === options.maxTokens) break;
  }
  return { stop: 'length', cachedPromptTokens: 0 };
}
