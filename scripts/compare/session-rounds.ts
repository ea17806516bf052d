/** The rounds of a session: a given number, or until its intervals are narrow; and a run that is repeated when it failed its quality checks. */
import { precisionText } from '../log/statistics-text.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { interleaveWhile, type Turn } from '../statistics/seeded-random.ts';
import { decideAfterRound, type Precision, type PrecisionTarget, type Stopped } from '../statistics/stopping-rule.ts';
import { fewestForVerdict } from '../statistics/verdict.ts';
import { type Metric, ratesOf, type Trial } from '../workloads/trials.ts';

export interface RoundOptions {
  iterations: number;
  /** Fewer rounds where more would take longer than this, but never too few for a verdict. */
  withinMs?: number | undefined;
  seed: number;
  /** Absent: exactly `iterations`. */
  until?: PrecisionTarget | undefined;
}

export interface SessionRounds {
  turns: Iterable<Turn<Trial>>;
  /** Number of runs; 0 where it depends on their results. */
  total: number;
  /** `run 3 of 10`, with the widest interval where that decides. */
  place(order: number): string;
  /** Why the rounds ended; null before, and where their number was given. */
  stopped(): Stopped | null;
}

/**
 * @param isOut cells that will not be run again
 * @param nowMs a clock that only goes forward
 */
export function sessionRounds(
  cells: readonly Trial[],
  { iterations, withinMs = Number.POSITIVE_INFINITY, seed, until }: RoundOptions,
  metric: Metric,
  isOut: (cell: Trial) => boolean,
  nowMs: () => number = () => performance.now(),
): SessionRounds {
  const startMs = nowMs();
  let roundStartMs = startMs;
  let longestRoundMs = 0;
  const elapsedAfter = (rounds: number): number => {
    const now = nowMs();
    if (rounds > 0) longestRoundMs = Math.max(longestRoundMs, now - roundStartMs);
    roundStartMs = now;
    return now - startMs;
  };
  if (until === undefined) {
    const total = cells.length * iterations;
    const fits = (rounds: number) => elapsedAfter(rounds) + longestRoundMs <= withinMs || rounds < fewestForVerdict;
    return {
      turns: interleaveWhile(cells, seed, (rounds) => rounds < iterations && fits(rounds)),
      total,
      place: (order) => `run ${order + 1} of ${Number.isFinite(withinMs) ? 'at most ' : ''}${total}`,
      stopped: () => null,
    };
  }
  let widest: Precision | null = null;
  let stopped: Stopped | null = null;
  const goesOn = (rounds: number): boolean => {
    const elapsedMs = elapsedAfter(rounds);
    const decision = decideAfterRound(until, {
      rounds,
      elapsedMs,
      longestRoundMs,
      cells: cells.filter((cell) => !isOut(cell)).map((cell) => samplesOf(cell, metric)),
    });
    widest = decision.widest;
    if (decision.kind === 'stop') stopped = decision;
    return decision.kind === 'continue';
  };
  return {
    turns: interleaveWhile(cells, seed, goesOn),
    total: 0,
    place: (order) => `run ${order + 1}${widest === null ? '' : `, widest interval ${precisionText(widest)}`}`,
    stopped: () => stopped,
  };
}

function samplesOf({ compared }: Trial, metric: Metric) {
  return {
    name: `${compared.framework} ${compared.quantize}`,
    samples: ratesOf(compared, metric),
  };
}

/** On a machine that is slow for all, nobody is left out: a run must also take this many times as long as the quickest one. */
const muchLonger = 5;

/** Contenders whose first run took too long for more of them. */
export function slowOnes<T>(firstRunMs: ReadonlyMap<T, number>, longestRunMs: number): Array<[T, number]> {
  const limitMs = Math.max(longestRunMs, muchLonger * Math.min(...firstRunMs.values()));
  return [...firstRunMs].filter(([, runMs]) => runMs > limitMs);
}

export interface Repeated {
  /** Runs that count, without those that were replaced. */
  kept: RunSummary[];
  /** Runs that failed their quality checks and were followed by one that did not. */
  replaced: RunSummary[];
}

/**
 * Runs once, and again while it fails its quality checks: such a run says more of the machine than of the framework. Where no try is
 * better, all of them count.
 * @param retries how often at most
 * @param run one try; its number counts from 0
 */
export async function repeatFailed(
  retries: number,
  run: (attempt: number) => Promise<RunSummary>,
  signal: AbortSignal,
): Promise<Repeated> {
  const runs: RunSummary[] = [];
  for (let attempt = 0; attempt <= retries; attempt++) {
    const summary = await run(attempt);
    runs.push(summary);
    if (signal.aborted || summary.status !== 'completed') break;
    if (summary.certificate?.status !== 'failed') return { kept: [summary], replaced: runs.slice(0, -1) };
  }
  return { kept: runs, replaced: [] };
}
