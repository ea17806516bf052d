/** The order of runs in a comparison: A B B A, so that drift hits all alike; who is A is drawn from the seed. */
import { shuffle } from './seeded-random.ts';

export interface Turn<T> {
  cell: T;
  iteration: number;
}

/** Every cell once per iteration; each second iteration mirrors the one before. */
export function interleave<T>(cells: readonly T[], iterations: number, seed: number): Turn<T>[] {
  const turns: Turn<T>[] = [];
  let order: T[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    order = iteration % 2 === 0 ? shuffle(cells, seed + iteration) : order.toReversed();
    turns.push(...order.map((cell) => ({ cell, iteration })));
  }
  return turns;
}
