/** Generation: nothing happens between two tokens but a run of the graph, the choice and the stamp. */
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
  const next = chooser(runner, options);
  const cachedPromptTokens = runner.begin(prompt.length + options.maxTokens, options.reusePrefix ? prompt : []);
  const single = new Int32Array(1);
  let token = await next(prompt.subarray(cachedPromptTokens));
  sink.promptEvaluated();
  for (let generated = 1; ; generated++) {
    if (!options.ignoreEndOfSequence && endOfSequence.has(token)) return { stop: 'end', cachedPromptTokens };
    if (!sink.token(token)) return { stop: 'cancelled', cachedPromptTokens };
    if (generated === options.maxTokens) return { stop: 'length', cachedPromptTokens };
    single[0] = token;
    token = await next(single);
  }
}

/** Greedy choice happens in the graph, so that one id crosses to JavaScript and not a row of logits. */
function chooser(runner: GraphRunner, { temperature, seed }: GenerateOptions): (tokens: Int32Array) => Promise<number> {
  if (temperature === 0) return (tokens) => runner.nextToken(tokens);
  const draw = sampler(temperature, seed);
  return async (tokens) => draw(await runner.nextLogits(tokens));
}
