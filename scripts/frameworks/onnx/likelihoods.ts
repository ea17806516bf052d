/** How likely each token of a text was; of the logits only a few rows are in memory at a time, and none leaves the process. */
import type { LikelihoodRequest, Likelihoods } from '../framework.ts';
import { rowLikelihood } from '../log-likelihood.ts';
import type { GraphRunner } from './graph-runner.ts';

/** @param vocabulary logits of a row */
export async function likelihoods(
  runner: GraphRunner,
  vocabulary: number,
  { tokens, from }: LikelihoodRequest,
): Promise<Likelihoods> {
  runner.begin(tokens.length);
  const logProbabilities: number[] = [];
  const mostProbable: number[] = [];
  let asked = from;
  // What follows the last token is asked of nobody.
  await runner.eachLogits(Int32Array.from(tokens), from - 1, async (logits) => {
    for (let row = 0; row < logits.length; row += vocabulary) {
      const token = tokens[asked++];
      if (token === undefined) return;
      const found = rowLikelihood(logits.subarray(row, row + vocabulary), token);
      logProbabilities.push(found.logProbability);
      mostProbable.push(found.mostProbable);
    }
  });
  return { logProbabilities, mostProbable };
}
