/** The order of runs in a comparison: A B B A, so that drift hits all alike; who is A is drawn from the seed. */
import { shuffle } from './seeded-random.ts';

export interface Turn<T> {
  cell: T;
  iteration: number;
}

/** Every cell once per iteration; each second iteration mirrors the one before. */
export function interleave<T>(cells: readonly T[], iterations: number, seed: number): Turn<T>[] {
  return [...interleaveWhile(cells, seed, (rounds) => rounds < iterations)];
}

/**
 * As interleave, a round at a time.
 * @param goesOn asked before each round with the number of those before it
 */
export function* interleaveWhile<T>(
  cells: readonly T[],
  seed: number,
  goesOn: (rounds: number) => boolean,
): Generator<Turn<T>> {
  let order: T[] = [];
  for (let iteration = 0; goesOn(iteration); iteration++) {
    order = iteration % 2 === 0 ? shuffle(cells, seed + iteration) : order.toReversed();
    for (const cell of order) yield { cell, iteration };
  }
}
