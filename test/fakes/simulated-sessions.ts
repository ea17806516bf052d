/** Sessions of which the truth is known, by the thousand: one rate a run, in the order in which benchmark.ts makes them. */
import { interleave, seededRandom } from '../../scripts/statistics/seeded-random.ts';

export interface Machine {
  /** Standard deviation of runs within a round, relative. */
  noise: number;
  /** Of what; normal unless said. */
  shape?: Shape;
  /** Standard deviation of rounds: what all runs of one have in common. */
  rounds?: number;
  /** By how much the machine has become slower at the end of the session. */
  drift?: number;
  /** Share of runs that something disturbs, and by how much they are slower. */
  disturbed?: number;
  disturbance?: number;
}

export interface Sessions {
  /** True rates, the first contender's 100. */
  rates: readonly number[];
  runs: number;
  machine: Machine;
  /** False: all runs of one contender, then all of the next. */
  interleaved?: boolean;
}

/** Deviates of mean 0 and deviation 1. `skewed`: exponential slowdowns. `two speeds`: one or the other, and little between. */
export const shapes = {
  normal,
  skewed: (random: () => number) => 1 + Math.log(1 - random()),
  'two speeds': (random: () => number) => (random() < 0.5 ? -0.995 : 0.995) + 0.1 * normal(random),
} as const;

type Shape = keyof typeof shapes;

/** Rates of every contender's runs, in the order in which they were made. */
export function simulatedSession({ rates, runs, machine, interleaved = true }: Sessions, seed: number): number[][] {
  const random = seededRandom(seed);
  const contenders = rates.map((_, i) => i);
  const turns = interleaved
    ? interleave(contenders, runs, seed)
    : contenders.flatMap((cell) => Array.from({ length: runs }, (_, iteration) => ({ cell, iteration })));
  const rounds = Array.from({ length: runs }, () => Math.exp((machine.rounds ?? 0) * normal(random)));
  const deviate = shapes[machine.shape ?? 'normal'];
  const samples: number[][] = rates.map(() => []);
  for (const [place, { cell: contender, iteration }] of turns.entries()) {
    const drifted = 1 - (machine.drift ?? 0) * (place / turns.length);
    const disturbed = random() < (machine.disturbed ?? 0) ? 1 - (machine.disturbance ?? 0) : 1;
    const noise = Math.exp(machine.noise * deviate(random)) * (rounds[iteration] ?? 1);
    samples[contender]?.push((rates[contender] ?? 0) * drifted * disturbed * noise);
  }
  return samples;
}

/** Share of sessions of which something is true. */
export function shareOfSessions(sessions: number, seed: number, isTrue: (seed: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < sessions; i++) if (isTrue(seed + i)) count++;
  return count / sessions;
}

/** By the Box-Muller transform. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
