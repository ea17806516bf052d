/** Many tests at once, of which some may well be true: which of them to believe. */

/**
 * Benjamini and Hochberg's step-up correction: adjusted p-values in the order given. Of those below q, a share of at most q is
 * expected to be false; where nothing at all is true, the chance of any is at most q. Source: Benjamini and Hochberg 1995.
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => b.p - a.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let ceiling = 1;
  order.forEach(({ p, index }, i) => {
    ceiling = Math.min(ceiling, (p * pValues.length) / (pValues.length - i));
    adjusted[index] = ceiling;
  });
  return adjusted;
}

/** Holm's step-down correction: adjusted p-values in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let floor = 0;
  order.forEach(({ p, index }, i) => {
    floor = Math.max(floor, Math.min(1, p * (pValues.length - i)));
    adjusted[index] = floor;
  });
  return adjusted;
}
