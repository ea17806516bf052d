/** Randomness that repeats: shuffled questions, resampling, and the order of runs in a comparison. */
/** xorshift128 seeded by splitmix32: repeatable, good enough for resampling and shuffling. Returns [0, 1). */
export function seededRandom(seed: number): () => number {
  let mixed = seed >>> 0;
  const next = () => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let [a, b, c, d] = [next(), next(), next(), next()];
  return () => {
    let t = d;
    const s = a;
    d = c;
    c = b;
    b = s;
    t ^= t << 11;
    t ^= t >>> 8;
    a = (t ^ s ^ (s >>> 19)) >>> 0;
    return a / 2 ** 32;
  };
}

/**
 * Whole numbers from 0 to below a bound, for shuffling by the million: xorshift128 as above, its state in a typed array, which is
 * many times as fast. Not the same numbers as `seededRandom`.
 */
export function seededIndices(seed: number): (bound: number) => number {
  const first = seededRandom(seed);
  const state = Uint32Array.from({ length: 4 }, () => first() * 2 ** 32);
  return (bound) => {
    let t = state[3] ?? 0;
    const s = state[0] ?? 0;
    state[3] = state[2] ?? 0;
    state[2] = state[1] ?? 0;
    state[1] = s;
    t ^= t << 11;
    t ^= t >>> 8;
    t ^= s ^ (s >>> 19);
    state[0] = t;
    return Math.floor(((t >>> 0) / 4294967296) * bound);
  };
}

/** Fisher-Yates; the same seed gives the same order on every machine. */
export function shuffle<T>(items: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [shuffled[i] as T, shuffled[j] as T];
    shuffled[i] = b;
    shuffled[j] = a;
  }
  return shuffled;
}

export interface Turn<T> {
  cell: T;
  iteration: number;
}

/**
 * The order of runs in a comparison: every cell once per iteration, and each second iteration mirrors the one before (A B B A), so
 * that drift hits all alike; who is A is drawn from the seed.
 */
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
