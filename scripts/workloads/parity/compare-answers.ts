/** One answer compared with the reference's: tokens, the first divergence, and the distributions behind every token. */

import { logNormalizer } from '../../frameworks/log-likelihood.ts';
import type { LogitRows } from '../reference/reference-folder.ts';
import type { ParityRecord } from './records.ts';

/** Stands in a list of generated tokens for the end of the sequence, whichever id ended it. */
export const endOfSequence = -1;

export type AnswerParity = Pick<
  ParityRecord,
  'referenceTokens' | 'tokens' | 'equalTokens' | 'divergence' | 'positions' | 'top1Agreed' | 'klMean' | 'klMax'
>;

/** Generated tokens, closed by `endOfSequence` where the end came by itself, and the logits behind each of them. */
export interface ScoredAnswer {
  tokens: readonly number[];
  logits: LogitRows;
}

/**
 * Row i of both sides predicts token i of the reference's answer, after the prompt and the reference's tokens before it.
 * At the first divergence that is each side's own past too, so its gap there is the gap of the choice it made.
 * @param candidate without logits where the engine shows none; then only tokens are compared
 * @throws RangeError when a divergence is not finite: a logit was NaN, or a token that the reference allows was ruled out
 */
export async function compareAnswers(
  reference: ScoredAnswer,
  candidate: { tokens: readonly number[]; logits: LogitRows | null },
): Promise<AnswerParity> {
  const differs = firstDifference(reference.tokens, candidate.tokens);
  let divergence: AnswerParity['divergence'] = null;
  if (differs !== null) {
    divergence = {
      position: differs,
      referenceToken: reference.tokens[differs] ?? endOfSequence,
      token: candidate.tokens[differs] ?? endOfSequence,
      referenceGap: greedyChoice(await reference.logits.read(differs)).gap,
      gap: candidate.logits === null ? null : greedyChoice(await candidate.logits.read(differs)).gap,
    };
  }
  return {
    referenceTokens: reference.tokens.length,
    tokens: candidate.tokens.length,
    equalTokens: differs ?? reference.tokens.length,
    divergence,
    ...(candidate.logits === null
      ? { positions: 0, top1Agreed: 0, klMean: null, klMax: null }
      : await compareRows(reference.logits, candidate.logits, reference.tokens.length)),
  };
}

async function compareRows(
  reference: LogitRows,
  candidate: LogitRows,
  positions: number,
): Promise<Pick<AnswerParity, 'positions' | 'top1Agreed' | 'klMean' | 'klMax'>> {
  let top1Agreed = 0;
  let klSum = 0;
  let klMax = 0;
  for (let position = 0; position < positions; position++) {
    const [p, q] = await Promise.all([reference.read(position), candidate.read(position)]);
    if (greedyChoice(p).token === greedyChoice(q).token) top1Agreed++;
    const kl = klDivergence(p, q);
    if (!Number.isFinite(kl)) throw new RangeError(`the logits at token ${position} of the answer are not finite`);
    klSum += kl;
    klMax = Math.max(klMax, kl);
  }
  return { positions, top1Agreed, klMean: klSum / positions, klMax };
}

/** Index of the first token that differs; null when there is none. */
function firstDifference(reference: readonly number[], candidate: readonly number[]): number | null {
  const length = Math.max(reference.length, candidate.length);
  for (let i = 0; i < length; i++) if (reference[i] !== candidate[i]) return i;
  return null;
}

// Figures of one row of logits, and of two rows compared with each other. A row has one logit for every token.

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
