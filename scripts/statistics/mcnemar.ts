/**
 * Two ways of answering the same items: is one right more often? Only the items on which they differ tell anything. Source:
 * McNemar 1947.
 */
import { normalQuantile, normalTail } from './distributions.ts';

/** From here on the approximation is as good: McNemar's own condition of expected counts, as textbooks have it. */
const approximateFrom = 25;

/**
 * Two-sided p. With fewer than 25 discordant pairs exact, from the binomial distribution with an even chance; otherwise chi-squared
 * with one degree of freedom and the continuity correction of Edwards 1948.
 * @param b items that only the first has right
 * @param c items that only the second has right
 */
export function mcNemar(b: number, c: number): number {
  const n = b + c;
  if (n === 0) return 1;
  if (n >= approximateFrom) return Math.min(1, 2 * normalTail(Math.max(0, Math.abs(b - c) - 1) / Math.sqrt(n)));
  let tail = 0;
  let ways = 1;
  for (let k = 0; k <= Math.min(b, c); k++) {
    tail += ways;
    ways = (ways * (n - k)) / (k + 1);
  }
  return Math.min(1, (2 * tail) / 2 ** n);
}

const power = 0.8;

/**
 * The smallest difference of two shares on `items` paired items that a test at this significance finds in 80 of 100 cases, where as
 * many items are discordant as were, or as the difference itself makes. Source: Connor 1987, Sample Size for Testing Differences in
 * Proportions for the Paired-Sample Design. Never below what the exact test can find at all. Null where not even a difference of 1 is
 * found.
 */
export function smallestPairedDifference(items: number, discordant: number, significance: number): number | null {
  const [zAlpha, zBeta] = [-normalQuantile(significance / 2), -normalQuantile(1 - power)];
  const needed = (difference: number) => {
    const share = Math.max(discordant / items, difference);
    return ((zAlpha * Math.sqrt(share) + zBeta * Math.sqrt(share - difference ** 2)) / difference) ** 2;
  };
  const least = fewestDiscordant(significance) / items;
  if (least > 1 || needed(1) > items) return null;
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (needed(middle) > items) low = middle;
    else high = middle;
  }
  return Math.max(high, least);
}

/** How many pairs must differ, all in one direction, for the exact test to reach it. */
function fewestDiscordant(significance: number): number {
  let n = 1;
  while (2 * 0.5 ** n >= significance) n++;
  return n;
}
