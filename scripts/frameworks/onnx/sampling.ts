/** Draws a token from logits. It stands between two tokens, so it makes nothing anew: plain loops, two buffers. */
import { randomWords } from '../../models/synthetic/random-blocks.ts';

/**
 * @param temperature above 0
 * @param topP only the most probable ids are drawn from, as few as have this probability together before the temperature is
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

/** Further down nothing has a probability that a float32 could hold beside 1. */
const depth = 104;
/** Halvings of that depth until two logits that differ in float32 are told apart. */
const halvings = 40;

/** The least logit of the nucleus: found by halving, since sorting the whole vocabulary would take longer. */
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
