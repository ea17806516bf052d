/** How many rounds a session plans, and what they can find: said before anything is measured. */

import { defaults } from '../settings/defaults.ts';
import { roundsFor, smallestDetectable } from '../statistics/power.ts';
import { fewestForVerdict, significance, smallestEffect } from '../statistics/verdict.ts';

export interface SessionPlan {
  /** Of the weight class that has most: they are compared with each other. */
  contenders: number;
  rounds: number;
  runs: number;
  /** Measured decoding of a run, where the time decides; null: as long as was asked for. */
  minSeconds: number | null;
  /** Until all of it is measured; null where nothing is known of that. */
  expectedMs: number | null;
}

/** Deviations of runs within a round for which it is said what would be found: a quiet machine, a usual one, a shared one. */
const usualNoises = [0.01, 0.02, 0.05] as const;

const hurdlesFor = (contenders: number) => ({
  floor: Math.log1p(smallestEffect),
  significance: significance / Math.max(1, (contenders * (contenders - 1)) / 2),
});

/** Of the logarithm of the ratio of two runs that each have this deviation. */
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
    listOf(usualNoises.map((noise) => percent(foundIn(of, noise) ?? Number.NaN)));
  const fewest = { contenders, rounds: fewestForVerdict };
  const least =
    most && rounds > fewestForVerdict ? `, the ${fewestForVerdict} that are sure one of ${found(fewest)}` : '';
  const who = most ? `All ${rounds} find` : 'That finds';
  return `${compared}. ${who} a difference of ${found(plan)}${least} in 80 of 100 sessions, where the runs of a contender differ by ${listOf(usualNoises.map(percent))} within a round.`;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function listOf([first = '', second = '', third = '']: readonly string[]): string {
  return `${first}, ${second} or ${third}`;
}

function percent(share: number): string {
  const value = share * 100;
  return `${value < 9.95 ? Number(value.toFixed(1)) : value.toFixed(0)} %`;
}
