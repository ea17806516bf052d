/**
 * Which build is the first bad one, where each run says so with noise only? Every place of the change has a probability, and all runs
 * so far decide it together: no wrong turn is final. Sources: Horstein 1963, Burnashev and Zigangirov 1974 (probabilistic bisection).
 */
import { median } from './statistics.ts';

/** A run of one build. */
export interface BuildRun {
  build: number;
  /** Logarithm of its figure. */
  log: number;
}

export interface BisectionState {
  /** Of the logarithms, before and behind the change. */
  levels: { good: number; bad: number };
  /** Standard deviation of a run about its level. */
  deviation: number;
  /** For each build, the chance that it is the first bad one; 0 for the first build, which is good. */
  probability: Float64Array;
}

/** Share of runs that something disturbed: such a run says little, however far off it is. */
const disturbedShare = 0.05;
/** They may be anywhere within so many deviations. */
const disturbedWidth = 50;
/** From then on a build is taken to be on one side, and its runs tell the level of that side. */
const surely = 0.99;
const mostRounds = 5;

/**
 * @param builds number of them; the first is good and the last bad
 * @param runs at least three of the first and of the last build
 */
export function bisectionState(builds: number, runs: readonly BuildRun[]): BisectionState {
  let side = (build: number) => (build === 0 ? 0 : build === builds - 1 ? 1 : null);
  let state = stateFor(builds, runs, side);
  // Levels from more runs move the probabilities, and these the levels, a little.
  for (let round = 0; round < mostRounds; round++) {
    const { probability } = state;
    const bad = cumulative(probability);
    side = (build) => {
      const chance = bad[build] ?? 0;
      return chance > surely ? 1 : chance < 1 - surely ? 0 : null;
    };
    const next = stateFor(builds, runs, side);
    const moved = Math.abs(next.levels.good - state.levels.good) + Math.abs(next.levels.bad - state.levels.bad);
    state = next;
    if (moved < 1e-9) break;
  }
  return state;
}

/** The chance that a build is bad, for each: the change lies at it or before it. */
export function cumulative(probability: Float64Array): Float64Array {
  let sum = 0;
  return probability.map((each) => {
    sum += each;
    return sum;
  });
}

function stateFor(
  builds: number,
  runs: readonly BuildRun[],
  side: (build: number) => 0 | 1 | null,
): BisectionState {
  const of = (which: 0 | 1) => runs.filter(({ build }) => side(build) === which).map(({ log }) => log);
  const [goods, bads] = [of(0), of(1)];
  const levels = { good: median(goods), bad: median(bads) };
  const distances = [
    ...goods.map((log) => Math.abs(log - levels.good)),
    ...bads.map((log) => Math.abs(log - levels.bad)),
  ];
  // Two medians were fitted; the deviation of so few would come out too small.
  const deviation = 1.4826 * median(distances) * Math.sqrt(distances.length / Math.max(1, distances.length - 2));
  return { levels, deviation, probability: probabilities(builds, runs, levels, deviation) };
}

function probabilities(
  builds: number,
  runs: readonly BuildRun[],
  { good, bad }: BisectionState['levels'],
  deviation: number,
): Float64Array {
  // ln of (density if bad / density if good), of all runs of a build together.
  const favour = new Float64Array(builds);
  for (const { build, log } of runs) {
    favour[build] = (favour[build] ?? 0) + logDensity((log - bad) / deviation) - logDensity((log - good) / deviation);
  }
  // Where the change is at k, builds from k on are bad: the sum of what they say, relative to that of all being good.
  const evidence = new Float64Array(builds);
  let sum = 0;
  for (let k = builds - 1; k >= 1; k--) {
    sum += favour[k] ?? 0;
    evidence[k] = sum;
  }
  const most = evidence.subarray(1).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = evidence.map((each, k) => (k === 0 ? 0 : Math.exp(each - most)));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** A normal run, or a disturbed one that may be anywhere. */
function logDensity(z: number): number {
  const normal = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return Math.log((1 - disturbedShare) * normal + disturbedShare / disturbedWidth);
}

/**
 * The build to measure next: the one that comes closest to parting the probabilities into halves. Null where none parts them.
 * @param measurable false for builds that cannot be measured
 */
export function halvingBuild(probability: Float64Array, measurable: (build: number) => boolean): number | null {
  const bad = cumulative(probability);
  let best: { build: number; off: number } | null = null;
  for (let build = 1; build < probability.length - 1; build++) {
    const off = Math.abs((bad[build] ?? 0) - 0.5);
    if (off < 0.5 - 1e-9 && (best === null || off < best.off) && measurable(build)) best = { build, off };
  }
  return best?.build ?? null;
}

/** The fewest builds that together have at least this probability, in order. */
export function credibleBuilds(probability: Float64Array, confidence: number): number[] {
  const order = Array.from(probability.keys()).sort((a, b) => (probability[b] ?? 0) - (probability[a] ?? 0));
  const kept: number[] = [];
  let sum = 0;
  for (const build of order) {
    if (sum >= confidence) break;
    kept.push(build);
    sum += probability[build] ?? 0;
  }
  return kept.sort((a, b) => a - b);
}
