/** Did everything become slower or faster while a session went on? Then its rounds are no samples of one and the same machine. */
import { normalTail } from './distributions.ts';
import type { Sample } from './log-ratio.ts';
import { mean, median } from './statistics.ts';
import { smallestEffect } from './verdict.ts';

export interface Trend {
  /** Two-sided. With values in no particular order it is below 0.01 in one run of a hundred: the rate of false alarms. */
  p: number;
  /** Change from the first to the last value along the median slope of their logarithms: 0.1 is a tenth more. */
  change: number;
}

const exactUpTo = 12;

/**
 * Mann-Kendall's test with Theil-Sen's slope: ranks only, so that a single slow answer is no trend. Exact for up to twelve values
 * without ties, otherwise the normal approximation with tie and continuity correction. Null below four values. It compares all
 * pairs, so it is for values as few as the rounds of a session.
 * @param values positive ones
 * Sources: Mann 1945, Kendall 1975, Sen 1968.
 */
export function trend(values: readonly number[]): Trend | null {
  const n = values.length;
  if (n < 4) return null;
  let s = 0;
  const slopes: number[] = [];
  for (const [i, earlier] of values.entries()) {
    for (let j = i + 1; j < n; j++) {
      const later = values[j] ?? earlier;
      s += Math.sign(later - earlier);
      slopes.push(Math.log(later / earlier) / (j - i));
    }
  }
  const ties = tieSizes(values);
  const p = n <= exactUpTo && ties.length === 0 ? exactP(n, Math.abs(s)) : normalP(n, Math.abs(s), ties);
  return { p, change: Math.expm1(median(slopes) * (n - 1)) };
}

function tieSizes(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].filter((size) => size > 1);
}

/** Share of the n! orders whose score is at least as far from nothing; orders are counted by their inversions. */
function exactP(n: number, s: number): number {
  const pairs = (n * (n - 1)) / 2;
  let counts = [1];
  for (let size = 2; size <= n; size++) {
    const next = new Array<number>(counts.length + size - 1).fill(0);
    for (const [inversions, count] of counts.entries()) {
      for (let more = 0; more < size; more++) next[inversions + more] = (next[inversions + more] ?? 0) + count;
    }
    counts = next;
  }
  let extreme = 0;
  let total = 0;
  for (const [inversions, count] of counts.entries()) {
    total += count;
    if (Math.abs(pairs - 2 * inversions) >= s) extreme += count;
  }
  return extreme / total;
}

function normalP(n: number, s: number, ties: readonly number[]): number {
  const term = (size: number) => size * (size - 1) * (2 * size + 5);
  const variance = (term(n) - ties.reduce((sum, size) => sum + term(size), 0)) / 18;
  if (variance <= 0) return 1;
  return Math.min(1, 2 * normalTail(Math.max(0, s - 1) / Math.sqrt(variance)));
}

export interface SessionDrift {
  session: string;
  rounds: number;
  /** Change of the figure from the first round to the last, along the trend: -0.2 is a fifth less. */
  change: number;
  /** Two-sided, of rounds in no particular order. */
  p: number;
}

const significance = 0.05;

/**
 * Each session's trend over its rounds: Mann-Kendall's test over the rounds' means of what is left of the logarithms when each
 * contender's own mean is taken away. A round is one value, however many runs it has, for they were slow together. Sessions
 * of fewer than four rounds are left out, as the test is not for them.
 * @param contenders runs of each; those that missed a round stand aside
 */
export function sessionDrifts(contenders: ReadonlyArray<readonly Sample[]>): SessionDrift[] {
  const sessions = new Set(contenders.flatMap((samples) => samples.flatMap(({ session }) => session ?? [])));
  return [...sessions].flatMap((session) => driftOf(session, contenders) ?? []);
}

function driftOf(session: string, contenders: ReadonlyArray<readonly Sample[]>): SessionDrift | null {
  const series = contenders.map((samples) => logsByRound(samples.filter((sample) => sample.session === session)));
  const rounds = Math.max(0, ...series.map((logs) => logs.size));
  const complete = series.filter((logs) => logs.size === rounds);
  const residuals = complete.map((logs) => {
    const center = mean([...logs.values()]);
    return new Map([...logs].map(([round, log]) => [round, log - center]));
  });
  const places = [...(residuals[0]?.keys() ?? [])].sort((a, b) => a - b);
  const means = places.map((round) => mean(residuals.flatMap((logs) => logs.get(round) ?? [])));
  const found = trend(means.map(Math.exp));
  return found === null ? null : { session, rounds, ...found };
}

function logsByRound(samples: readonly Sample[]): Map<number, number> {
  const logs = new Map<number, number>();
  for (const { round, value } of samples) if (round !== null) logs.set(round, Math.log(value));
  return logs;
}

/** Drifts that chance does not explain, and that are more than a negligible effect. */
export function notable(drifts: readonly SessionDrift[]): SessionDrift[] {
  return drifts.filter(
    ({ p, change }) => p < significance && Math.abs(Math.log1p(change)) > Math.log1p(smallestEffect),
  );
}
