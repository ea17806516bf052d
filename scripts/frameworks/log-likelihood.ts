/** What one row of logits says of the token that came: a row has one logit for every token. */

export interface RowLikelihood {
  /** Natural logarithm of its probability. */
  logProbability: number;
  /** The token with the largest logit; of equals the first. */
  mostProbable: number;
}

export function rowLikelihood(row: Float32Array, token: number): RowLikelihood {
  let mostProbable = 0;
  let largest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < row.length; id++) {
    const logit = row[id] ?? Number.NaN;
    if (logit > largest) {
      largest = logit;
      mostProbable = id;
    }
  }
  return { logProbability: (row[token] ?? Number.NaN) - largest - Math.log(weightSum(row, largest)), mostProbable };
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
