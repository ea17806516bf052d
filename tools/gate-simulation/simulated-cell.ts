/** A cell of which the truth is known: its noise, and how much slower the second build is. */
import { pairOrder, type TwoBuilds } from '../../scripts/statistics/two-stage.ts';

/** Logarithms of what a series of runs, in the order in which they are made, differs by from its true figure. */
type Noise = (random: () => number, runs: number) => number[];

const noises = {
  'lognormal, 1 %': (random, runs) => each(runs, () => 0.01 * normal(random)),
  'lognormal, 5 %': (random, runs) => each(runs, () => 0.05 * normal(random)),
  'two speeds, 10 % apart': (random, runs) => each(runs, () => (random() < 0.3 ? -0.1 : 0) + 0.01 * normal(random)),
  'drifting up to 20 %': (random, runs) => {
    const drift = 0.4 * (random() - 0.5);
    return each(runs, (run) => (drift * run) / runs + 0.03 * normal(random));
  },
  'autocorrelated, AR(1) of 0.5': (random, runs) => {
    let state = 0.05 * normal(random);
    return each(runs, () => {
      const now = state;
      state = 0.5 * state + 0.05 * Math.sqrt(1 - 0.5 ** 2) * normal(random);
      return now;
    });
  },
} as const satisfies Record<string, Noise>;

export type NoiseName = keyof typeof noises;

/** Polar form of Box and Muller 1958, one of its two values. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function each(runs: number, of: (run: number) => number): number[] {
  return Array.from({ length: runs }, (_, run) => of(run));
}

export interface SimulatedCell {
  noise: NoiseName;
  /** 0.1: the second build has nine tenths of the rate of the first. */
  slowdown: number;
  random: () => number;
}

/** Rates of both builds, measured in turns as ci-benchmark.ts does it. @param runs a side */
export function inTurns({ noise, slowdown, random }: SimulatedCell, runs: number): TwoBuilds {
  const logs = noises[noise](random, 2 * runs);
  const base: number[] = [];
  const head: number[] = [];
  pairOrder(runs).forEach((baseFirst, pair) => {
    const [first = 0, second = 0] = logs.slice(2 * pair, 2 * pair + 2);
    base.push(100 * Math.exp(baseFirst ? first : second));
    head.push(100 * (1 - slowdown) * Math.exp(baseFirst ? second : first));
  });
  return { base, head };
}

/** Rates of one build after the other, as a history of nightly runs has them. */
export function oneAfterTheOther(
  { noise, slowdown, random }: SimulatedCell,
  runs: { base: number; head: number },
): TwoBuilds {
  const rates = noises[noise](random, runs.base + runs.head).map((log) => 100 * Math.exp(log));
  return { base: rates.slice(0, runs.base), head: rates.slice(runs.base).map((rate) => rate * (1 - slowdown)) };
}
