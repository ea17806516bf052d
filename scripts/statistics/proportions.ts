/** Shares of items: the interval of one, and two ways of answering the same items, of which only those on which they differ say anything. */
import { normalQuantile, normalTail } from './distributions.ts';
import type { Interval } from './statistics.ts';

/** From here on the approximation is as good: McNemar's own condition of expected counts, as textbooks have it. */
const approximateFrom = 25;

/**
 * Two-sided p of McNemar's test (1947). With fewer than 25 discordant pairs exact, from the binomial distribution with an even chance; otherwise chi-squared
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

const z = 1.959964;

/** 95 % score interval of a share. Source: Wilson 1927. */
export function wilsonInterval(successes: number, trials: number): Interval | null {
  if (trials === 0) return null;
  const share = successes / trials;
  const center = (share + z ** 2 / (2 * trials)) / (1 + z ** 2 / trials);
  const spread = (z / (1 + z ** 2 / trials)) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, center - spread), high: Math.min(1, center + spread) };
}
