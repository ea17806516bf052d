/**
 * Generation: between two tokens there is only a run of the graph, the choice and the stamp. When the graph chooses the token,
 * the evaluation of the prompt ends with the first token, so no separate instant is reported for it.
 */

import { randomWords } from '../../models/synthetic/random-blocks.ts';
import type { Generated, GenerateOptions, TokenSink } from '../framework.ts';
import type { GraphRunner } from './graph-runner.ts';

/** @param endOfSequence ids that end an answer */
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
    if (!options.ignoreEndOfSequence && endOfSequence.has(token))
      return { stop: 'end', cachedPromptTokens, endToken: token };
    if (!sink.token(token)) return { stop: 'cancelled', cachedPromptTokens };
    if (generated === options.maxTokens) return { stop: 'length', cachedPromptTokens };
    single[0] = token;
    token = await next(single);
  }
}

/**
 * Chooses greedily in the graph if it can, so that one id crosses to JavaScript and not a row of logits. Otherwise the first
 * logits end the evaluation of the prompt.
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

/**
 * Makes a function that draws a token from logits. It runs between two tokens, so it allocates nothing: plain loops, two buffers.
 * @param temperature above 0
 * @param topP draw only from the most probable ids, the fewest that together have this probability before the temperature is
 *   applied (the order of llama.cpp); 1: all
 * @returns a function that draws an id with probability softmax(logits / temperature); the same seed draws the same ids
 */
export function sampler(temperature: number, seed: number, topP = 1): (logits: Float32Array) => number {
  const next = randomWords(seed);
  let weights = new Float64Array();
  return (logits) => {
    if (weights.length !== logits.length) weights = new Float64Array(logits.length);
    const largest = greatest(logits);
    const least = topP < 1 ? leastOfNucleus(logits, largest, topP, weights) : Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let id = 0; id < logits.length; id++) {
      const logit = logits[id] ?? 0;
      const weight = logit < least ? 0 : Math.exp((logit - largest) / temperature);
      weights[id] = weight;
      sum += weight;
    }
    let left = (next() / 2 ** 32) * sum;
    let last = 0;
    for (let id = 0; id < weights.length; id++) {
      const weight = weights[id] ?? 0;
      if (weight === 0) continue;
      left -= weight;
      if (left < 0) return id;
      last = id;
    }
    return last;
  };
}

/** Logits further below the greatest have no probability that a float32 could represent beside 1. */
const depth = 104;
/** Halvings of that depth until two logits that differ in float32 are distinguished. */
const halvings = 40;

/** The least logit of the nucleus, found by bisection, since sorting the whole vocabulary would take longer. */
function leastOfNucleus(logits: Float32Array, largest: number, topP: number, weights: Float64Array): number {
  let total = 0;
  for (let id = 0; id < logits.length; id++) {
    const weight = Math.exp((logits[id] ?? 0) - largest);
    weights[id] = weight;
    total += weight;
  }
  const wanted = topP * total;
  // From `enough` upwards there is enough probability, from `short` upwards there is not.
  let enough = largest - depth;
  let short = largest;
  if (massFrom(largest, logits, weights) >= wanted) return largest;
  for (let i = 0; i < halvings; i++) {
    const middle = (enough + short) / 2;
    if (massFrom(middle, logits, weights) >= wanted) enough = middle;
    else short = middle;
  }
  return enough;
}

function massFrom(least: number, logits: Float32Array, weights: Float64Array): number {
  let mass = 0;
  for (let id = 0; id < logits.length; id++) if ((logits[id] ?? 0) >= least) mass += weights[id] ?? 0;
  return mass;
}

function greatest(values: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? most);
  return most;
}
