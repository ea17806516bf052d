/** Are differences within pairs as often above nothing as below it, and as far? Wilcoxon 1945; Hodges and Lehmann 1963. */
import { normalTail } from './distributions.ts';
import { pairMeanOfRank } from './pair-selection.ts';
import { ranksOf } from './ranks.ts';
import { type Interval, quantile } from './statistics.ts';

const exactUpTo = 100;

/**
 * Two-sided signed-rank test. Exact up to a hundred pairs: the distribution over all signs that the (mid-)ranks could have,
 * so ties are no obstacle; otherwise the normal approximation with continuity correction. Pairs without a difference are
 * left out.
 */
export function signedRank(differences: readonly number[]): number {
  const signed = differences.filter((difference) => difference !== 0);
  const { ranks } = ranksOf(signed.map(Math.abs));
  const doubled = ranks.map((rank) => Math.round(2 * rank));
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  const positive = doubled.reduce((sum, rank, i) => sum + ((signed[i] ?? 0) > 0 ? rank : 0), 0);
  const distance = Math.abs(positive - total / 2);
  if (signed.length === 0) return 1;
  return signed.length <= exactUpTo ? exactTails(doubled, distance) : normalTails(doubled, distance);
}

/** Share of the ways to give signs in which the positive ranks add up as far from half of them all. */
function exactTails(doubled: readonly number[], distance: number): number {
  const ways = waysBySum(doubled);
  const middle = (ways.length - 1) / 2;
  let extreme = 0;
  let all = 0;
  ways.forEach((count, sum) => {
    all += count;
    if (Math.abs(sum - middle) >= distance) extreme += count;
  });
  return extreme / all;
}

/** Number of subsets with each sum. */
function waysBySum(values: readonly number[]): Float64Array {
  const ways = new Float64Array(values.reduce((sum, value) => sum + value, 0) + 1);
  ways[0] = 1;
  for (const value of values) {
    for (let sum = ways.length - 1; sum >= value; sum--) ways[sum] = (ways[sum] ?? 0) + (ways[sum - value] ?? 0);
  }
  return ways;
}

function normalTails(doubled: readonly number[], distance: number): number {
  // Every rank is positive or not, each in half of the cases.
  const deviation = Math.sqrt(doubled.reduce((sum, rank) => sum + rank ** 2, 0)) / 2;
  return Math.min(1, 2 * normalTail(Math.max(0, distance - 1) / deviation));
}

/**
 * The Hodges-Lehmann estimate of the difference, which is the median of the means of all pairs of differences (each with itself
 * too), and the 95 % interval of all the differences that the signed-rank test does not reject.
 * @param differences at least six: of fewer the test rejects nothing at that level
 */
export function hodgesLehmannOfPairs(differences: readonly number[]): Interval & { center: number } {
  const sorted = Float64Array.from(differences).sort();
  const last = (sorted.length * (sorted.length + 1)) / 2 - 1;
  const outside = leftOutAtEachEnd(sorted.length);
  const [below, above] = [Math.floor(last / 2), Math.ceil(last / 2)].map((rank) => pairMeanOfRank(sorted, rank));
  return {
    center: quantile([below ?? Number.NaN, above ?? Number.NaN], 0.5),
    low: pairMeanOfRank(sorted, outside),
    high: pairMeanOfRank(sorted, last - outside),
  };
}

/** The largest rank sum that is rejected at 5 %: as many averages lie outside of the interval at each end. At least six pairs. */
function leftOutAtEachEnd(n: number): number {
  const ranks = Array.from({ length: n }, (_, i) => i + 1);
  if (n > exactUpTo) {
    const total = (n * (n + 1)) / 2;
    const doubled = ranks.map((rank) => 2 * rank);
    const isRejected = (sum: number) => normalTails(doubled, total - 2 * sum) < 0.05;
    // The further from the middle, the smaller the tail.
    let [rejected, kept] = [0, Math.floor(total / 2) + 1];
    while (kept - rejected > 1) {
      const middle = Math.floor((rejected + kept) / 2);
      if (isRejected(middle)) rejected = middle;
      else kept = middle;
    }
    return rejected;
  }
  const ways = waysBySum(ranks);
  let tail = 0;
  let sum = 0;
  for (; ; sum++) {
    tail += (ways[sum] ?? 0) / 2 ** n;
    if (2 * tail >= 0.05) return sum - 1;
  }
}
