/** How many rounds a session measures: as many as were asked for, or until its intervals are narrow. */

import { interleaveWhile, type Turn } from '../statistics/interleave.ts';
import {
  decideAfterRound,
  type Precision,
  type PrecisionTarget,
  precisionText,
  type Stopped,
} from '../statistics/stopping-rule.ts';
import { fewestForVerdict } from '../statistics/verdict.ts';
import type { Trial } from '../workloads/trials.ts';
import { type ComparisonResult, rateOf } from './comparison.ts';

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
  /** Runs there will be; 0 where that depends on what they show. */
  total: number;
  /** `run 3 of 10`, with the widest interval where that decides. */
  place(order: number): string;
  /** Why the rounds came to their end; null while they go on, and where their number was given. */
  stopped(): Stopped | null;
}

/**
 * @param isOut cells that will not be run again
 * @param nowMs of a clock that only goes forward
 */
export function sessionRounds(
  cells: readonly Trial[],
  { iterations, withinMs = Number.POSITIVE_INFINITY, seed, until }: RoundOptions,
  metric: ComparisonResult['metric'],
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

function samplesOf({ compared }: Trial, metric: ComparisonResult['metric']) {
  return {
    name: `${compared.framework} ${compared.quantize}`,
    samples: compared.runs.map((run) => rateOf(run, metric)).filter((rate) => typeof rate === 'number'),
  };
}
