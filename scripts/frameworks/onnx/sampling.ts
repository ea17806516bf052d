/** Draws a token from logits. It stands between two tokens, so it makes nothing anew: plain loops, one buffer. */
import { randomWords } from '../../models/random-words.ts';

/**
 * @param temperature above 0
 * @returns a function that draws an id with probability softmax(logits / temperature); the same seed draws the same ids
 */
export function sampler(temperature: number, seed: number): (logits: Float32Array) => number {
  const next = randomWords(seed);
  let weights = new Float64Array();
  return (logits) => {
    if (weights.length !== logits.length) weights = new Float64Array(logits.length);
    const largest = greatest(logits);
    let sum = 0;
    for (let id = 0; id < logits.length; id++) {
      const weight = Math.exp(((logits[id] ?? 0) - largest) / temperature);
      weights[id] = weight;
      sum += weight;
    }
    let left = (next() / 2 ** 32) * sum;
    for (let id = 0; id < weights.length; id++) {
      left -= weights[id] ?? 0;
      if (left < 0) return id;
    }
    return weights.length - 1;
  };
}

function greatest(values: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? most);
  return most;
}
