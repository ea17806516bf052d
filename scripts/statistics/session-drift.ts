/** Did everything become slower or faster while a session went on? Then its rounds are no samples of one and the same machine. */
import type { Sample } from './log-ratio.ts';
import { trend } from './monotonic-trend.ts';
import { mean } from './statistics.ts';
import { smallestEffect } from './verdict.ts';

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
