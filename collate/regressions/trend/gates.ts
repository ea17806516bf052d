/** What a step or a drift must pass before it is told: each decision keeps the gates that it met, with value and limit. */
import { percent, roundPercent } from '../../../scripts/command-line/format.ts';
import { medianInPlace } from '../../../scripts/statistics/selection.ts';

export interface Gate {
  name: 'significance' | 'size' | 'noise' | 'superiority' | 'lasting';
  passed: boolean;
  value: number;
  limit: number;
  /** What was looked at, as a sentence with both. */
  words: string;
}

/** An effect below this is never told, however quiet the machine. */
export const smallestChange = 0.03;
const noiseTimes = 3;
const leastSuperiority = 0.85;

export interface Sides {
  before: Float64Array;
  after: Float64Array;
  /** ln(after / before), of the medians or along the line. */
  change: number;
  /** Median distance of the values from their level or line, of logarithms. */
  residual: number;
}

/** Two levels. */
export function sidesOfStep(logs: Float64Array, from: number, at: number, to: number): Sides {
  const [before, after] = [logs.subarray(from, at), logs.subarray(at, to)];
  const [low, high] = [median(before), median(after)];
  const residuals = Float64Array.from([
    ...before.map((value) => Math.abs(value - low)),
    ...after.map((value) => Math.abs(value - high)),
  ]);
  return { before, after, change: high - low, residual: medianInPlace(residuals) };
}

/** The first and the last third of a segment, and the change along its line. @param slope per place */
export function sidesOfDrift(logs: Float64Array, from: number, to: number, slope: number): Sides {
  const whole = logs.subarray(from, to);
  const third = Math.ceil(whole.length / 3);
  const flat = whole.map((value, i) => value - slope * i);
  const level = median(flat);
  return {
    before: whole.subarray(0, third),
    after: whole.subarray(whole.length - third),
    change: slope * (whole.length - 1),
    residual: medianInPlace(flat.map((value) => Math.abs(value - level))),
  };
}

export function median(values: Float64Array): number {
  return medianInPlace(Float64Array.from(values));
}

/** Size, noise and superiority. @param floor share that identical things differ by on this machine */
export function gatesOf({ before, after, change, residual }: Sides, floor: number): Gate[] {
  const size = Math.expm1(Math.abs(change));
  const limit = Math.max(smallestChange, floor);
  const superiority = superiorityOf(before, after, change);
  return [
    {
      name: 'size',
      passed: size >= limit,
      value: size,
      limit,
      words: `the levels differ by a factor of ${factor(size)}; a change counts from ${factor(limit)} on`,
    },
    {
      name: 'noise',
      passed: Math.abs(change) >= noiseTimes * residual,
      value: Math.abs(change),
      limit: noiseTimes * residual,
      words: `the change is ${times(Math.abs(change), residual)} the median distance of a run from its level (${percent(residual)}); ${noiseTimes} times are needed`,
    },
    {
      name: 'superiority',
      passed: superiority >= leastSuperiority,
      value: superiority,
      limit: leastSuperiority,
      words: `a run after it lies beyond one before it in ${roundPercent(superiority)} of the pairs; ${roundPercent(leastSuperiority)} are needed`,
    },
  ];
}

/** Share of the pairs in which the later value lies beyond the earlier one, in the direction of the change; ties count half. */
function superiorityOf(before: Float64Array, after: Float64Array, change: number): number {
  let beyond = 0;
  for (const late of after) {
    for (const early of before) {
      if (late === early) beyond += 0.5;
      else if (late > early === change > 0) beyond++;
    }
  }
  return beyond / (before.length * after.length);
}

/** 1.031 for a share of 3.1 %. */
export function factor(share: number): string {
  return (1 + share).toFixed(3);
}

function times(change: number, residual: number): string {
  return residual === 0 ? 'any number of times' : `${(change / residual).toFixed(1)} times`;
}
