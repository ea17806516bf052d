/** Sessions of which the truth is known, by the thousand: one rate a run, in the order in which benchmark.ts makes them. */
import { interleave } from '../../scripts/measure/interleave.ts';
import { seededRandom } from '../../scripts/measure/seeded-random.ts';

export interface Machine {
  /** Standard deviation of runs, relative. */
  noise: number;
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

/** Rates of every contender's runs, in the order in which they were made. */
export function simulatedSession({ rates, runs, machine, interleaved = true }: Sessions, seed: number): number[][] {
  const random = seededRandom(seed);
  const contenders = rates.map((_, i) => i);
  const turns = interleaved
    ? interleave(contenders, runs, seed).map(({ cell }) => cell)
    : contenders.flatMap((contender) => new Array<number>(runs).fill(contender));
  const samples: number[][] = rates.map(() => []);
  for (const [place, contender] of turns.entries()) {
    const drifted = 1 - (machine.drift ?? 0) * (place / turns.length);
    const disturbed = random() < (machine.disturbed ?? 0) ? 1 - (machine.disturbance ?? 0) : 1;
    const noise = 1 + machine.noise * normal(random);
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
