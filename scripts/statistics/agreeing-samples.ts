/** When has a ceiling been seen? Other load makes a sample slower, never faster, so the best are compared with each other. */

/** When so many of the best samples are this close, more samples would not find a better one. */
const agreeing = 3;
const agreement = 0.01;

/** Whether the best rate has been reached often enough to be the ceiling. */
export function haveAgreed(rates: readonly number[]): boolean {
  const best = rates.toSorted((a, b) => b - a);
  return (best[agreeing - 1] ?? 0) >= (best[0] ?? Number.POSITIVE_INFINITY) * (1 - agreement);
}
