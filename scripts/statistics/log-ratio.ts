/**
 * How many times as large is one thing as another? Everything is reckoned in logarithms: a rate and its time per token then
 * give the same answer, one the reciprocal of the other.
 */
import { studentQuantile, studentTails } from './distributions.ts';
import { exactShift } from './exact-shift.ts';
import { hodgesLehmannOfPairs, signedRank } from './signed-rank.ts';
import { fewestForInterval, type Interval, mean, standardDeviation } from './statistics.ts';

/** One run: its figure, and where it stood. */
export interface Sample {
  /** Above 0. */
  value: number;
  /** Null for a run that was started by itself. */
  session: string | null;
  /** Within a session everything is measured once a round, so that a slow round is slow for all. */
  round: number | null;
}

/** The iterations of a sweep are interleaved as those of a session are. Null for a run that was started by itself. */
export function sessionName(uuid: string | null | undefined, sweep: string | null | undefined): string | null {
  return uuid ?? (sweep == null ? null : `sweep ${sweep}`);
}

export interface LogRatio {
  /** Logarithm of the ratio: of geometric means, or after Hodges and Lehmann where there are many. */
  center: number;
  /** 95 % interval; null with too few samples. */
  interval: Interval | null;
  /** Two-sided, of no difference; below 0.05 where the interval excludes 0. 1 with too few samples. */
  p: number;
  method: 'paired t' | 'signed rank' | "Welch's t" | 'Mann-Whitney';
  /** Standard error of the centre; null with too few samples. */
  standardError: number | null;
  degrees: number;
  /** Rounds in common; else samples of the side that has fewer. */
  count: number;
}

/** From so many on ranks are used: then one disturbed round takes no verdict away, and below the t test finds more. */
const ranksFrom = 15;

/**
 * Within the rounds that both have, else between what was measured apart: then the runs of one session count as one, for they
 * share what was different that day.
 */
export function logRatio(a: readonly Sample[], b: readonly Sample[]): LogRatio {
  const [roundsOfA, roundsOfB] = [byRound(a), byRound(b)];
  const differences = [...roundsOfA].flatMap(([round, log]) => {
    const other = roundsOfB.get(round);
    return other === undefined ? [] : log - other;
  });
  return differences.length > 0 ? ratioOfPairs(differences) : ratioOfTwo(bySession(a), bySession(b));
}

/** Mean logarithm in each round. */
function byRound(samples: readonly Sample[]): Map<string, number> {
  const inRounds = samples.filter(({ session, round }) => session !== null && round !== null);
  return meansBy(inRounds, ({ session, round }) => `${session} ${round}`);
}

function bySession(samples: readonly Sample[]): number[] {
  return [...meansBy(samples, ({ session }, i) => session ?? `run ${i}`).values()];
}

function meansBy(samples: readonly Sample[], keyOf: (sample: Sample, i: number) => string): Map<string, number> {
  const logs = new Map<string, number[]>();
  for (const [i, sample] of samples.entries()) {
    const key = keyOf(sample, i);
    logs.set(key, [...(logs.get(key) ?? []), Math.log(sample.value)]);
  }
  return new Map([...logs].map(([key, values]) => [key, mean(values)]));
}

/** A log-ratio on the scale of the figures. */
export function ratioOf({ center, interval }: Pick<LogRatio, 'center' | 'interval'>): {
  ratio: number;
  interval: Interval | null;
} {
  const back = interval === null ? null : { low: Math.exp(interval.low), high: Math.exp(interval.high) };
  return { ratio: Math.exp(center), interval: back };
}

/** @param differences of logarithms, one a pair; at least one */
export function ratioOfPairs(differences: readonly number[]): LogRatio {
  const count = differences.length;
  const center = mean(differences);
  const deviation = standardDeviation(differences);
  const degrees = count - 1;
  const few = { center, interval: null, p: 1, method: 'paired t', standardError: null, degrees, count } as const;
  if (count < fewestForInterval || deviation === null) return few;
  if (count < ranksFrom) return studentRatio(few, deviation / Math.sqrt(count));
  return rankRatio({ ...few, method: 'signed rank' }, hodgesLehmannOfPairs(differences), signedRank(differences));
}

/** @param a and b: logarithms, at least one each */
export function ratioOfTwo(a: readonly number[], b: readonly number[]): LogRatio {
  const count = Math.min(a.length, b.length);
  const center = mean(a) - mean(b);
  const [deviationA, deviationB] = [standardDeviation(a), standardDeviation(b)];
  const few = { center, interval: null, p: 1, method: "Welch's t", standardError: null, degrees: 0, count } as const;
  if (count < fewestForInterval || deviationA === null || deviationB === null) return few;
  const [ofA, ofB] = [deviationA ** 2 / a.length, deviationB ** 2 / b.length];
  const welch = (ofA + ofB) ** 2 / (ofA ** 2 / (a.length - 1) + ofB ** 2 / (b.length - 1));
  // Two samples without any deviation have as many degrees as they please.
  const degrees = Number.isFinite(welch) ? welch : a.length + b.length - 2;
  if (count < ranksFrom) return studentRatio({ ...few, degrees }, Math.sqrt(ofA + ofB));
  const shift = exactShift(a, b);
  const interval = shift.intervalAt(0.05);
  if (interval === null) return few;
  return rankRatio({ ...few, method: 'Mann-Whitney', degrees }, { center: shift.center, ...interval }, shift.p);
}

function studentRatio(found: LogRatio, standardError: number): LogRatio {
  const { center, degrees } = found;
  const margin = studentQuantile(0.975, degrees) * standardError;
  const p = center === 0 ? 1 : studentTails(Math.abs(center) / standardError, degrees);
  return { ...found, interval: { low: center - margin, high: center + margin }, p, standardError };
}

function rankRatio(found: LogRatio, estimate: Interval & { center: number }, p: number): LogRatio {
  const { center, low, high } = estimate;
  const standardError = (high - low) / 2 / studentQuantile(0.975, found.degrees);
  return { ...found, center, interval: { low, high }, p, standardError };
}
