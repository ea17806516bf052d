/** Generation through the public API of the binding, for versions whose native objects are not accessible. */
import type { LlamaContext, LlamaContextSequence, LlamaModel } from 'node-llama-cpp';
import type { Generated, GenerateOptions, TokenModel, TokenSink } from '../framework.ts';
import { assertFits } from './decode-loop.ts';
import { isToken } from './vocabulary.ts';

/** The binding itself batches the requests of several sequences. */
export function generateThroughSequences(model: LlamaModel, context: LlamaContext): TokenModel['generate'] {
  const free = Array.from({ length: context.totalSequences }, () => context.getSequence());
  return async (prompt, options, sink) => {
    const sequence = free.shift();
    if (sequence === undefined) throw new Error('all sequences of the context are in use');
    try {
      return await generateThroughSequence(model, sequence, prompt, options, sink);
    } finally {
      free.push(sequence);
    }
  };
}

/** The end of the prompt's evaluation is not visible here, so `promptEvaluated` is never called. */
async function generateThroughSequence(
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
    // The defaults of the binding would restrict the candidates.
    topK: 0,
    topP: options.topP ?? 1,
    seed: options.seed,
    yieldEogToken: true,
  });
  let generated = 0;
  for await (const token of tokens) {
    if (!options.ignoreEndOfSequence && model.isEogToken(token))
      return { stop: 'end', cachedPromptTokens: 0, endToken: token };
    generated++;
    if (!sink.token(token)) return { stop: 'cancelled', cachedPromptTokens: 0 };
    if (generated === options.maxTokens) break;
  }
  return { stop: 'length', cachedPromptTokens: 0 };
}
