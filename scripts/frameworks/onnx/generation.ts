/**
 * Generation: nothing happens between two tokens but a run of the graph, the choice and the stamp. Where the graph chooses,
 * the prompt's evaluation does not end before the first token, so no such instant is told.
 */
import type { Generated, GenerateOptions, TokenSink } from '../framework.ts';
import type { GraphRunner } from './graph-runner.ts';
import { sampler } from './sampling.ts';

/** @param endOfSequence ids that end a generation */
export async function generate(
  runner: GraphRunner,
  endOfSequence: ReadonlySet<number>,
  prompt: Int32Array,
  options: GenerateOptions,
  sink: TokenSink,
): Promise<Generated> {
  const next = chooser(runner, options, sink);
  const cachedPromptTokens = runner.begin(prompt.length + options.maxTokens, options.reusePrefix ? prompt : []);
  const single = new Int32Array(1);
  let token = await next(prompt.subarray(cachedPromptTokens));
  for (let generated = 1; ; generated++) {
    if (!options.ignoreEndOfSequence && endOfSequence.has(token)) return { stop: 'end', cachedPromptTokens };
    if (!sink.token(token)) return { stop: 'cancelled', cachedPromptTokens };
    if (generated === options.maxTokens) return { stop: 'length', cachedPromptTokens };
    single[0] = token;
    token = await next(single);
  }
}

/**
 * Greedy choice happens in the graph where it can, so that one id crosses to JavaScript and not a row of logits. Elsewhere
 * the first logits end the prompt's evaluation.
 */
function chooser(
  runner: GraphRunner,
  { temperature, topP, seed }: GenerateOptions,
  sink: TokenSink,
): (tokens: Int32Array) => Promise<number> {
  if (temperature === 0 && runner.choosesToken) return (tokens) => runner.nextToken(tokens);
  const choose = temperature === 0 ? indexOfGreatest : sampler(temperature, seed, topP);
  let evaluated = false;
  return async (tokens) => {
    const logits = await runner.nextLogits(tokens);
    if (!evaluated) sink.promptEvaluated();
    evaluated = true;
    return choose(logits);
  };
}

function indexOfGreatest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}
