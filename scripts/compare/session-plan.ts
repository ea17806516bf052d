/** How many rounds a session plans, how long they take, and what they can find: printed before anything is measured. */

import { rollup } from 'd3-array';
import { roundPercent } from '../command-line/format.ts';
import { warmUpSeconds } from '../run/warm-up.ts';
import { defaults } from '../settings/defaults.ts';
import {
  fewestForVerdict,
  roundsFor,
  significance,
  smallestDetectable,
  smallestEffect,
} from '../statistics/verdict.ts';
import type { Trial } from '../workloads/trials.ts';

export interface SessionPlan {
  /** Cells in the largest weight class: they are compared with each other. */
  contenders: number;
  rounds: number;
  runs: number;
  /** Measured decoding of a run, where the time decides; null: as long as the options say. */
  minSeconds: number | null;
  /** Time of all runs; null where it is unknown. */
  expectedMs: number | null;
}

interface PlanOptions {
  iterations?: number | undefined;
  endsAtMs?: number | undefined;
  warmUp?: WarmUp;
}

/** Answers, or until no trend is left. The few of a number are counted with the start of a run. */
type WarmUp = number | 'auto';

/**
 * @param runs of a round
 * @param startMs of a run, beside its measuring
 */
export function planOfSession(
  cells: readonly Trial[],
  runs: number,
  { iterations, endsAtMs, warmUp }: PlanOptions,
  startMs: number,
): SessionPlan {
  const ranked = cells.filter(({ compared }) => compared.parity === null || compared.parity.status === 'passed');
  const inClass = rollup(
    ranked,
    (members) => members.length,
    ({ compared }) => compared.weightClass,
  );
  const contenders = Math.max(0, ...inClass.values());
  const most = iterations ?? plannedRounds(contenders);
  if (endsAtMs === undefined) {
    return { contenders, rounds: most, runs: most * runs, minSeconds: null, expectedMs: null };
  }
  const fits = roundsWithin({ ms: endsAtMs - performance.now(), runsPerRound: runs, startMs, warmUp }, most);
  const expected = expectedMs(fits.rounds * runs, fits.minSeconds, startMs, warmUp);
  return { contenders, ...fits, runs: fits.rounds * runs, expectedMs: expected };
}

/** Deviations of runs within a round for which the plan says what it finds: a quiet machine, a usual one, a shared one. */
const usualNoises = [0.01, 0.02, 0.05] as const;

const hurdlesFor = (contenders: number) => ({
  floor: Math.log1p(smallestEffect),
  significance: significance / Math.max(1, (contenders * (contenders - 1)) / 2),
});

/** Deviation of the logarithm of the ratio of two runs that each have this deviation. */
const deviationOf = (noise: number) => noise * Math.SQRT2;

/** Enough to find a difference of `comparison.effect` at a noise of `comparison.noise` in 80 of 100 sessions. */
export function plannedRounds(contenders: number): number {
  const { effect, noise } = defaults.comparison;
  const needed = roundsFor(Math.log1p(effect), deviationOf(noise), hurdlesFor(contenders), fewestForVerdict);
  return needed ?? fewestForVerdict;
}

/** The smallest relative difference found in 80 of 100 sessions. */
export function foundIn(
  { contenders, rounds }: Pick<SessionPlan, 'contenders' | 'rounds'>,
  noise: number,
): number | null {
  const standardError = rounds < 2 ? null : deviationOf(noise) / Math.sqrt(rounds);
  return smallestDetectable({ standardError, degrees: rounds - 1 }, hurdlesFor(contenders));
}

/** @param most where it depends on the time whether all of them are measured */
export function planText(plan: SessionPlan, most = false): string {
  const { contenders, rounds, runs, minSeconds } = plan;
  const each = minSeconds === null ? '' : ` that decode for ${minSeconds} s at least`;
  const planned = `Planned: ${most ? 'up to ' : ''}${countOf(rounds, 'round')}, ${countOf(runs, 'run')}${each}`;
  if (contenders < 2) return `${planned}. There is nothing to compare within a weight class.`;
  const compared = `${planned}; ${contenders} contenders in a weight class`;
  if (rounds < fewestForVerdict) {
    return `${compared}. Fewer than ${fewestForVerdict} rounds get no verdict: leave --iterations out for ${plannedRounds(contenders)}.`;
  }
  const found = (of: Pick<SessionPlan, 'contenders' | 'rounds'>) =>
    listOf(usualNoises.map((noise) => roundPercent(foundIn(of, noise) ?? Number.NaN)));
  const fewest = { contenders, rounds: fewestForVerdict };
  const least =
    most && rounds > fewestForVerdict ? `, the ${fewestForVerdict} that are sure one of ${found(fewest)}` : '';
  const who = most ? `All ${rounds} find` : 'That finds';
  return `${compared}. ${who} a difference of ${found(plan)}${least} in 80 of 100 sessions, where the runs of a contender differ by ${listOf(usualNoises.map(roundPercent))} within a round.`;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function listOf([first = '', second = '', third = '']: readonly string[]): string {
  return `${first}, ${second} or ${third}`;
}

export interface SessionTime {
  /** Time of all rounds together. */
  ms: number;
  runsPerRound: number;
  /** Time of a run before it warms up, and after it has measured: engine, model, log. */
  startMs: number;
  warmUp?: WarmUp | undefined;
}

/** Time of a run / time of its decoding: prompts, pauses between answers, and the rest of a round of questions. */
const aroundDecoding = 1.5;
const shortestSeconds = 0.3;
const goodSeconds = 1;

/**
 * How many rounds, of how long runs, fit into a time. A run that measures for a shorter time differs more from the next one; a
 * missing round costs more: below six there is no verdict. So seconds are given up before rounds, down to a second, then rounds
 * down to those six, then the rest of the second.
 * @param most rounds
 */
export function roundsWithin(time: SessionTime, most: number): { rounds: number; minSeconds: number } {
  for (let rounds = Math.max(most, fewestForVerdict); rounds >= fewestForVerdict; rounds--) {
    const seconds = secondsOfRun(time, rounds);
    if (seconds >= goodSeconds) return { rounds, minSeconds: seconds };
  }
  return { rounds: fewestForVerdict, minSeconds: secondsOfRun(time, fewestForVerdict) };
}

/** The longest measuring that fits, in tenths of a second. */
function secondsOfRun({ ms, runsPerRound, startMs, warmUp }: SessionTime, rounds: number): number {
  const decodingSeconds = (ms / (rounds * Math.max(1, runsPerRound)) - startMs) / 1000 / aroundDecoding;
  let tenths = Math.round(defaults.minSeconds * 10);
  while (tenths > shortestSeconds * 10 && workSeconds(tenths / 10, warmUp) > decodingSeconds) tenths--;
  return tenths / 10;
}

/** Planned time of the runs, milliseconds. */
export function expectedMs(runs: number, minSeconds: number, startMs: number, warmUp?: WarmUp): number {
  return runs * (startMs + workSeconds(minSeconds, warmUp) * aroundDecoding * 1000);
}

/** Decoding of a run, warming up and measured. */
function workSeconds(minSeconds: number, warmUp: WarmUp = 'auto'): number {
  return minSeconds + (warmUp === 'auto' ? warmUpSeconds(minSeconds) : 0);
}
