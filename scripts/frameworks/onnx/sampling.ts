/** Draws a token from logits. */
import { randomWords } from '../../models/random-words.ts';

/**
 * @param temperature above 0
 * @returns a function that draws an id with probability softmax(logits / temperature); the same seed draws the same ids
 */
export function sampler(temperature: number, seed: number): (logits: Float32Array) => number {
  const next = randomWords(seed);
  return (logits) => {
    const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const weights = Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    let left = (next() / 2 ** 32) * sum;
    for (let id = 0; id < weights.length; id++) {
      left -= weights[id] ?? 0;
      if (left < 0) return id;
    }
    return weights.length - 1;
  };
}
