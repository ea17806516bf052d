/** One scored token of two runs: how far the distribution before it is from the reference's. */
import type { TokenDivergence } from './figures.ts';
import { floorNats, logWeight, type StoredRow, storedLogProbability } from './stored-row.ts';

/**
 * As llama-perplexity's `log_softmax` with `base_log_prob` (tools/perplexity/perplexity.cpp), with its roundings to float32.
 * KL(P ‖ Q) = Σ p (ln p − ln q); Kullback and Leibler 1951.
 * @param row logits of this run
 */
export function tokenDivergence(row: Float32Array, reference: StoredRow, token: number): TokenDivergence {
  let largest = Number.NEGATIVE_INFINITY;
  let top = 0;
  for (let id = 0; id < row.length; id++) {
    const logit = row[id] ?? Number.NaN;
    if (logit > largest) {
      largest = logit;
      top = id;
    }
  }
  const normalizer = Math.fround(largest + logWeight(row, largest));
  const nll = Math.fround(normalizer - (row[token] ?? Number.NaN));
  const storedNll = -storedLogProbability(reference, token);
  let kl = 0;
  let referenceTop = 0;
  let referenceLargest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < row.length; id++) {
    const logP = storedLogProbability(reference, id);
    if (logP > referenceLargest) {
      referenceLargest = logP;
      referenceTop = id;
    }
    if (logP > -floorNats) kl += Math.exp(logP) * (Math.fround(logP - (row[id] ?? Number.NaN)) + normalizer);
  }
  return { nll, storedNll, kl, shift: Math.exp(-nll) - Math.exp(-storedNll), top, sameTop: top === referenceTop };
}
