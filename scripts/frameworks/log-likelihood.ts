/** What one row of logits says of the token that came: a row has one logit for every token. */

export interface RowLikelihood {
  /** Natural logarithm of its probability. */
  logProbability: number;
  /** The token with the largest logit; of equals the first. */
  mostProbable: number;
  /** As many as were asked for, best first: tokens and the natural logarithms of their probabilities. */
  top: Array<[token: number, logProbability: number]>;
}

/** @param top how many of the most probable tokens are wanted */
export function rowLikelihood(row: Float32Array, token: number, top = 0): RowLikelihood {
  let mostProbable = 0;
  let largest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < row.length; id++) {
    const logit = row[id] ?? Number.NaN;
    if (logit > largest) {
      largest = logit;
      mostProbable = id;
    }
  }
  const logWeights = Math.log(weightSum(row, largest));
  const logProbabilityOf = (id: number) => (row[id] ?? Number.NaN) - largest - logWeights;
  return {
    logProbability: logProbabilityOf(token),
    mostProbable,
    top: largestOf(row, top).map((id) => [id, logProbabilityOf(id)]),
  };
}

/** Tokens with the largest logits, largest first; of equals the first ones. */
function largestOf(row: Float32Array, count: number): number[] {
  const found: number[] = [];
  if (count === 0) return found;
  const logitAt = (place: number) => row[found[place] ?? -1] ?? Number.NEGATIVE_INFINITY;
  for (let id = 0; id < row.length; id++) {
    const logit = row[id] ?? Number.NaN;
    if (found.length === count && !(logit > logitAt(count - 1))) continue;
    let place = Math.min(found.length, count - 1);
    for (; place > 0 && logit > logitAt(place - 1); place--) found[place] = found[place - 1] ?? id;
    found[place] = id;
  }
  return found;
}

/** ln Σ exp(x), with the largest taken out first so that nothing overflows. */
export function logNormalizer(row: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of row) if (logit > largest) largest = logit;
  return largest + Math.log(weightSum(row, largest));
}

function weightSum(row: Float32Array, largest: number): number {
  let sum = 0;
  for (let id = 0; id < row.length; id++) sum += Math.exp((row[id] ?? Number.NaN) - largest);
  return sum;
}
