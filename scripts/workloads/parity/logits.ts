/** Figures of one row of logits, and of two rows held against each other. A row has one logit for every token. */
import { logNormalizer } from '../../frameworks/log-likelihood.ts';

export interface GreedyChoice {
  /** What greedy decoding takes; of equals the first. */
  token: number;
  /** Top-1 logit minus top-2 logit: how close the choice was. */
  gap: number;
}

export function greedyChoice(row: Float32Array): GreedyChoice {
  let token = 0;
  let first = Number.NEGATIVE_INFINITY;
  let second = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < row.length; id++) {
    const logit = row[id] ?? Number.NaN;
    if (logit > first) {
      second = first;
      first = logit;
      token = id;
    } else if (logit > second) second = logit;
  }
  return { token, gap: first - second };
}

/**
 * KL(P ‖ Q) = Σ p (ln p − ln q), with p and q the softmax of the two rows; Kullback and Leibler 1951. In float64 from the
 * float32 logits. A token that P gives no probability counts nothing; infinite where Q gives none to one that P gives some.
 * @returns nats
 */
export function klDivergence(p: Float32Array, q: Float32Array): number {
  const [normalizerOfP, normalizerOfQ] = [logNormalizer(p), logNormalizer(q)];
  let sum = 0;
  for (let id = 0; id < p.length; id++) {
    const logP = (p[id] ?? Number.NaN) - normalizerOfP;
    const probability = Math.exp(logP);
    if (probability !== 0) sum += probability * (logP - ((q[id] ?? Number.NaN) - normalizerOfQ));
  }
  // Rounding may leave a sum just below zero, which no divergence is.
  return Math.max(0, sum);
}
