/**
 * Which build is the first bad one, where each run says so with noise only? Every place of the change has a probability, and all runs
 * so far decide it together: no wrong turn is final. Sources: Horstein 1963, Burnashev and Zigangirov 1974 (probabilistic bisection).
 */
import { gammaln } from 'simple-statistics';
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
/** Share of the change: figures that repeat to the digit, such as counts of instructions, deviate by nothing. */
const leastDeviation = 0.01;
/** Of normal values, the median distance tells the deviation as well as 0.37 times as many do by their squares. */
const efficiencyOfMedians = 0.37;

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

function stateFor(builds: number, runs: readonly BuildRun[], side: (build: number) => 0 | 1 | null): BisectionState {
  const of = (which: 0 | 1) => runs.filter(({ build }) => side(build) === which).map(({ log }) => log);
  const [goods, bads] = [of(0), of(1)];
  const levels = { good: median(goods), bad: median(bads) };
  const distances = [
    ...goods.map((log) => Math.abs(log - levels.good)),
    ...bads.map((log) => Math.abs(log - levels.bad)),
  ];
  // Two medians were fitted; the deviation of so few would come out too small.
  const seen = 1.4826 * median(distances) * Math.sqrt(distances.length / Math.max(1, distances.length - 2));
  const deviation = Math.max(seen, leastDeviation * Math.abs(levels.bad - levels.good));
  const degrees = Math.max(2, efficiencyOfMedians * (distances.length - 2));
  const errorOf = (side: readonly number[]) => (Math.sqrt(Math.PI / 2) * deviation) / Math.sqrt(side.length);
  const nodes = around(levels.good, errorOf(goods)).flatMap((good) =>
    around(levels.bad, errorOf(bads)).map((bad) => ({ good, bad })),
  );
  const evidence = nodes.map((node) => evidenceOf(builds, runs, node, { deviation, degrees }));
  return { levels, deviation, probability: mixed(builds, evidence) };
}

interface Node {
  value: number;
  weight: number;
}

/** A normal distribution as three values (Gauss and Hermite): what a level may be, as far as its runs tell. */
function around(mean: number, error: number): Node[] {
  return [
    { value: mean - Math.sqrt(3) * error, weight: 1 / 6 },
    { value: mean, weight: 2 / 3 },
    { value: mean + Math.sqrt(3) * error, weight: 1 / 6 },
  ];
}

interface Spread {
  deviation: number;
  /** Of freedom: how well the deviation is known. */
  degrees: number;
}

/** For each build, the logarithm of the likelihood of all runs where it is the first bad one. */
function evidenceOf(
  builds: number,
  runs: readonly BuildRun[],
  { good, bad }: { good: Node; bad: Node },
  { deviation, degrees }: Spread,
): Float64Array {
  const goodOf = new Float64Array(builds);
  const badOf = new Float64Array(builds);
  const scale = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - Math.log(degrees * Math.PI) / 2;
  const density = (log: number, { value }: Node) => logDensity((log - value) / deviation, degrees, scale);
  for (const { build, log } of runs) {
    goodOf[build] = (goodOf[build] ?? 0) + density(log, good);
    badOf[build] = (badOf[build] ?? 0) + density(log, bad);
  }
  const evidence = new Float64Array(builds);
  let sum = Math.log(good.weight * bad.weight) + badOf.reduce((a, b) => a + b, 0);
  for (let k = 0; k < builds; k++) {
    evidence[k] = sum;
    sum += (goodOf[k] ?? 0) - (badOf[k] ?? 0);
  }
  return evidence;
}

/** The first build is good, so the change is not at it. */
function mixed(builds: number, evidence: readonly Float64Array[]): Float64Array {
  const most = evidence.reduce(
    (top, each) => each.subarray(1).reduce((a, b) => Math.max(a, b), top),
    Number.NEGATIVE_INFINITY,
  );
  const weights = new Float64Array(builds);
  for (const each of evidence) {
    for (let k = 1; k < builds; k++) weights[k] = (weights[k] ?? 0) + Math.exp((each[k] ?? 0) - most);
  }
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** An undisturbed run, or a disturbed one that may be anywhere. Student's t, for the deviation is an estimate itself. @param scale of its density */
function logDensity(z: number, degrees: number, scale: number): number {
  const undisturbed = Math.exp(scale - ((degrees + 1) / 2) * Math.log1p((z * z) / degrees));
  return Math.log((1 - disturbedShare) * undisturbed + disturbedShare / disturbedWidth);
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
