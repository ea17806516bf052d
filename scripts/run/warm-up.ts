/**
 * When is an engine warm? When it has worked for a while, and equal pieces of the latest while show no trend. A time alone would not
 * do, for engines warm up over seconds; nor would two answers that agree, for answers differ in length.
 */
import { sum } from 'd3-array';
import type { WarmUpRecord } from '../log/run-log-format.ts';
import { equalPieces } from '../results/figures/decode-pieces.ts';
import { fewestBlocks, pieceTrend } from '../statistics/piece-trend.ts';
import type { RunContext } from './run-plan.ts';

/** What one answer, repetition or batch of a warm-up took. */
export interface WarmUpTry {
  /** Decoded tokens, the first of each answer not counted; of other workloads all. */
  tokens: number;
  /** Time that they took. */
  ns: number;
}

export const warmUpLimits = {
  /** Work before a trend is looked for, and between two looks. */
  seconds: 1,
  /** When it ends, with or without a trend. */
  atMostSeconds: 20,
  atMostTries: 5000,
  /** A smaller change of the time per token over such a while does not count. */
  change: 0.01,
};

/** A shorter while than this has too few tokens for a trend. */
const shortestSeconds = 0.5;

/**
 * The while over which a trend is looked for: no longer than what is measured then, for a run of half a second need not be
 * steadier than half a second can show.
 * @param minSeconds measured decoding of the run, at least; 0: so many rounds and no more
 */
export function warmUpSeconds(minSeconds: number): number {
  const { seconds } = warmUpLimits;
  return minSeconds === 0 ? seconds : Math.min(seconds, Math.max(shortestSeconds, minSeconds));
}

export interface WarmUpWork<T extends WarmUpTry> {
  /** One try, from 0. */
  attempt: (index: number) => Promise<T>;
  /** Paces of all equal steps of the tries from an index on, in their order; empty where there is none yet. */
  paces: (tries: readonly T[], from: number) => readonly number[];
  /** Nanoseconds of a clock that only goes forward. */
  now: () => number;
}

/** A trend is looked for again and again, so a false alarm costs one more while, and a missed one spoils the run. */
const alarmRate = 0.05;
/** Two neighbouring repetitions this near are steady, where there are too few for a trend. */
const tolerance = 0.02;

/**
 * @param limit a fixed number of tries, or 'auto': until no trend is left
 * @returns what is written into the log
 */
export async function warmUp<T extends WarmUpTry>(
  limit: number | 'auto',
  { attempt, paces, now }: WarmUpWork<T>,
  limits = warmUpLimits,
): Promise<Omit<WarmUpRecord, 'type'>> {
  const startNs = now();
  const tries: T[] = [];
  const so = (ended: WarmUpRecord['ended'], change: number | null) => ({
    ended,
    change,
    tries: tries.length,
    tokens: sum(tries, ({ tokens }) => tokens),
    workNs: sum(tries, ({ ns }) => ns),
    durationNs: now() - startNs,
  });
  if (limit !== 'auto') {
    while (tries.length < limit) tries.push(await attempt(tries.length));
    return so('fixed', null);
  }
  let from = 0;
  let change: number | null = null;
  for (;;) {
    tries.push(await attempt(tries.length));
    if (sum(tries.slice(from), ({ ns }) => ns) >= limits.seconds * 1e9) {
      const pieces = equalPieces(paces(tries, from));
      const trend = trendOf(pieces, limits.change);
      change = trend.change;
      if (trend.state === 'quiet') return so('quiet', change);
      // The next look is at what comes, not at what was seen to change.
      if (trend.state === 'changing') from = tries.length;
    }
    if (now() - startNs >= limits.atMostSeconds * 1e9 || tries.length >= limits.atMostTries) return so('cap', change);
  }
}

interface Looked {
  /** `nothing`: too little for a decision, go on. */
  state: 'quiet' | 'changing' | 'nothing';
  change: number | null;
}

/** @param floor changes up to this are none */
function trendOf(pieces: readonly number[], floor: number): Looked {
  const [last, before] = [pieces.at(-1), pieces.at(-2)];
  if (last === undefined || before === undefined) return { state: 'nothing', change: null };
  if (pieces.length < fewestBlocks) {
    const change = last / before - 1;
    return { state: Math.abs(change) <= tolerance ? 'quiet' : 'nothing', change };
  }
  const found = pieceTrend(pieces, true);
  // Noise in waves as long as this hides every trend, and longer waiting changes nothing about it.
  if (found === null) return { state: 'quiet', change: null };
  const isChanging = found.p < alarmRate && Math.abs(found.change) > floor;
  return { state: isChanging ? 'changing' : 'quiet', change: found.change };
}

/**
 * A warm-up with what its run's log has of it: how long it took, and the doubt where it did not end by itself.
 * @param label what is warmed up, where a run does that more than once
 * @param minSeconds as of `warmUpSeconds`
 */
export async function writeWarmUp<T extends WarmUpTry>(
  { plan, timeLog, write }: RunContext,
  label: string | undefined,
  work: Omit<WarmUpWork<T>, 'now'>,
  minSeconds = 0,
): Promise<void> {
  const seconds = warmUpSeconds(minSeconds);
  const limits = { ...warmUpLimits, seconds };
  const done = await warmUp(plan.warmUp, { ...work, now: () => timeLog.now() }, limits);
  write({ type: 'warm_up', ...(label === undefined ? {} : { label }), ...done });
  const doubt = warmUpDoubt(done);
  if (doubt === null) return;
  write({
    type: 'warning',
    code: 'warm_up_unstable',
    message: label === undefined ? doubt : `${label}: ${doubt}`,
  });
}

/** In words, for the log and the person; null where nothing is wrong. */
export function warmUpDoubt({ ended, change, tries, durationNs }: Omit<WarmUpRecord, 'type'>): string | null {
  if (ended !== 'cap') return null;
  const spent = `after ${tries} warm-ups in ${(durationNs / 1e9).toFixed(1)} s`;
  const seen =
    change === null
      ? 'it could not be told yet whether the engine was warm'
      : `the engine still became ${(Math.abs(change) * 100).toFixed(1)} % ${change < 0 ? 'faster' : 'slower'}`;
  return `${spent} ${seen}; give it more with --warmup N`;
}

// How many rounds a run measures: as many as were asked for, and then until it has worked long enough. Whole ones only.

/** Where prompts take nearly all of the time, decoding may never add up: so many times the least is as long as it may take. */
const longestTimes = 5;

export interface RoundsDone {
  rounds: number;
  /** Time of decoding, or of the other work that is measured. */
  workNs: number;
  /** Time since the first round began. */
  elapsedNs: number;
}

export function needsRound(asked: { rounds: number; minSeconds: number }, done: RoundsDone): boolean {
  if (done.rounds < asked.rounds) return true;
  const leastNs = asked.minSeconds * 1e9;
  return done.workNs < leastNs && done.elapsedNs < longestTimes * leastNs;
}
