import { expect } from 'vitest';

/** Sums that were added in another order differ by less. */
const relative = 1e-6;

/** Matches a number of about this size, whatever its size. */
export function near(value: number): unknown {
  const tolerance = value === 0 ? 1e-12 : Math.abs(value) * relative;
  return expect.closeTo(value, -Math.log10(2 * tolerance));
}
