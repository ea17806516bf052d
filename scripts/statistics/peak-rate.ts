/**
 * The highest decode rate that was kept up for a second. The rate of the fastest gap would be one token's luck, and with
 * tokens that come in chunks no rate at all.
 */
const nsPerSecond = 1e9;
const shortestGaps = 10;

/**
 * The most gaps / time over all windows of consecutive gaps that last a second or longer and hold ten gaps or more. None
 * begins inside a chunk, whose further tokens would come in no time. The whole is such a window, so the peak is never below
 * the mean.
 * @param allGapsNs between the tokens of measured answers, put end to end: time between answers is no decoding
 * @returns tokens per second; null where all of it is shorter than a window
 */
export function peakTokensPerSecond(allGapsNs: readonly number[]): number | null {
  const gapsNs = allGapsNs.slice(allGapsNs.findIndex((gapNs) => gapNs > 0));
  const sums = new Float64Array(gapsNs.length + 1);
  for (const [i, gapNs] of gapsNs.entries()) sums[i + 1] = (sums[i] ?? 0) + gapNs;
  const totalNs = sums.at(-1) ?? 0;
  if (totalNs < nsPerSecond || gapsNs.length < shortestGaps) return null;
  // Dinkelbach's method for a maximal ratio: from one rate to the window that beats it most, until none does.
  let rate = gapsNs.length / totalNs;
  for (;;) {
    const better = windowAbove(rate, sums);
    if (better === null || better <= rate) return rate * nsPerSecond;
    rate = better;
  }
}

/** The rate of the window with the largest excess of tokens over `rate` times its duration; tokens per nanosecond. */
function windowAbove(rate: number, sums: Float64Array): number | null {
  let found: number | null = null;
  let most = 0;
  let start = 0;
  let next = 0;
  const begins = (index: number) => at(sums, index + 1) > at(sums, index);
  for (let end = shortestGaps; end < sums.length; end++) {
    // Starts that are far enough from this end stay so for all later ones; of these the best is kept.
    while (next <= end - shortestGaps && at(sums, end) - at(sums, next) >= nsPerSecond) {
      if (begins(next) && next - rate * at(sums, next) <= start - rate * at(sums, start)) start = next;
      next++;
    }
    if (next === 0) continue;
    const durationNs = at(sums, end) - at(sums, start);
    const excess = end - start - rate * durationNs;
    if (excess > most) {
      most = excess;
      found = (end - start) / durationNs;
    }
  }
  return found;
}

function at(sums: Float64Array, index: number): number {
  return sums[index] ?? 0;
}
