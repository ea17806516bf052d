/** The course of a bisection: both ends in turns, then always the build that halves what is left, until one build is as good as certain. */
import { UserError } from '../../../scripts/command-line/errors.ts';
import { exactShift } from '../../../scripts/statistics/exact-shift.ts';
import {
  type BisectionState,
  type BuildRun,
  bisectionState,
  credibleBuilds,
  cumulative,
  halvingBuild,
} from '../../../scripts/statistics/noisy-bisection.ts';

/** Null where the build cannot be measured: it does not compile, or does not run. */
export type Measure = (build: number) => Promise<number | null>;

export interface BisectTerms {
  /** Runs of a build at a visit, at most; the ends have as many each. */
  runsPerBuild: number;
  /** Runs in all, at most. */
  mostRuns: number;
  /** Ends when one build has at least this probability. */
  confidence: number;
}

export interface BisectOutcome {
  /** Most probable first bad build. */
  build: number;
  /** Its probability; what is missing to 1 is the stated error. */
  probability: number;
  /** The fewest builds that together reach the confidence that was asked for; the one where it was reached. */
  credible: number[];
  /** Bad over good, of the medians. */
  ratio: number;
  /** Standard deviation of a run, as a share. */
  noise: number;
  runs: BuildRun[];
  unmeasurable: number[];
  /** Builds whose runs lie at neither level: then there may be more than one change. */
  atNeither: number[];
  ended: 'certain' | 'budget' | 'inseparable';
}

/** Two-sided p-value below which the ends differ; and below which they need no further runs. */
const endsDiffer = 0.01;
const clear = 0.001;
/** A build that is decided so far needs no further run at this visit. */
const decided = 0.98;
/** Standard errors from both levels. */
const farOff = 4;
const fewestOfEnd = 5;

/** Runs that a bisection of so many builds may take: log2 of them visits, and two more for wrong turns. */
export function budgetFor(builds: number, runsPerBuild: number): number {
  return (Math.ceil(Math.log2(builds)) + 2) * runsPerBuild;
}

/**
 * @param builds number of them, from the good one to the bad one
 * @param known runs of an earlier bisection of the same builds, which are not measured again
 * @throws UserError where an end cannot be measured, or where the ends do not differ
 */
export async function bisect(
  builds: number,
  measure: Measure,
  terms: BisectTerms,
  onRun: (run: { build: number; value: number | null }, state: BisectionState | null) => void = () => {},
): Promise<BisectOutcome> {
  const runs: BuildRun[] = [];
  const unmeasurable = new Set<number>();
  const take = async (build: number, state: BisectionState | null) => {
    const value = await measure(build);
    onRun({ build, value }, state);
    if (value === null) unmeasurable.add(build);
    else runs.push({ build, log: Math.log(value) });
    return value !== null;
  };
  const rounds = Math.max(fewestOfEnd, terms.runsPerBuild);
  await measureEnds(
    builds,
    take,
    (round) => round < rounds || (round < 3 * rounds && differenceOf(runs, builds) >= clear),
  );
  requireDifference(runs, builds);
  let state = bisectionState(builds, runs);
  let ended: BisectOutcome['ended'] = 'certain';
  while (mostProbable(state) < terms.confidence) {
    const build = halvingBuild(state.probability, (each) => !unmeasurable.has(each));
    if (build === null) ended = 'inseparable';
    else if (runs.length >= terms.mostRuns) ended = 'budget';
    if (build === null || ended === 'budget') break;
    for (let run = 0; run < terms.runsPerBuild && runs.length < terms.mostRuns; run++) {
      if (!(await take(build, state))) break;
      state = bisectionState(builds, runs);
      const bad = cumulative(state.probability)[build] ?? 0;
      if (Math.max(bad, 1 - bad) >= decided) break;
    }
  }
  return outcomeOf(state, runs, unmeasurable, terms, ended);
}

/** In turns, A B B A, so that drift hits both alike. */
async function measureEnds(
  builds: number,
  take: (build: number, state: null) => Promise<boolean>,
  goesOn: (rounds: number) => boolean,
): Promise<void> {
  const ends = [0, builds - 1];
  for (let round = 0; goesOn(round); round++) {
    for (const build of round % 2 === 0 ? ends : ends.toReversed()) {
      if (await take(build, null)) continue;
      throw new UserError(`the ${build === 0 ? 'good' : 'bad'} build cannot be measured`, {
        remedy: 'Choose another revision for it, or repair the command that measures.',
      });
    }
  }
}

const logsOf = (runs: readonly BuildRun[], of: number) =>
  runs.filter(({ build }) => build === of).map(({ log }) => log);

function differenceOf(runs: readonly BuildRun[], builds: number): number {
  return exactShift(logsOf(runs, 0), logsOf(runs, builds - 1)).p;
}

function requireDifference(runs: readonly BuildRun[], builds: number): void {
  const p = differenceOf(runs, builds);
  if (p < endsDiffer) return;
  throw new UserError(
    `the good and the bad build cannot be told apart (Mann-Whitney p ${p.toFixed(3)} of ${logsOf(runs, 0).length} runs each)`,
    { remedy: 'Measure on a quieter machine, with more runs (--runs), or choose builds that differ.' },
  );
}

function mostProbable({ probability }: BisectionState): number {
  return probability.reduce((most, each) => Math.max(most, each), 0);
}

function outcomeOf(
  { levels, deviation, probability }: BisectionState,
  runs: BuildRun[],
  unmeasurable: ReadonlySet<number>,
  { confidence }: BisectTerms,
  ended: BisectOutcome['ended'],
): BisectOutcome {
  const build = probability.indexOf(mostProbable({ levels, deviation, probability }));
  return {
    build,
    probability: probability[build] ?? 0,
    credible: credibleBuilds(probability, confidence),
    ratio: Math.exp(levels.bad - levels.good),
    noise: Math.expm1(deviation),
    runs,
    unmeasurable: [...unmeasurable].sort((a, b) => a - b),
    atNeither: atNeither({ levels, deviation }, runs),
    ended,
  };
}

function atNeither(
  { levels, deviation }: Pick<BisectionState, 'levels' | 'deviation'>,
  runs: readonly BuildRun[],
): number[] {
  const measured = [...new Set(runs.map(({ build }) => build))].sort((a, b) => a - b);
  return measured.filter((build) => {
    const logs = logsOf(runs, build);
    const level = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    const nearest = Math.min(Math.abs(level - levels.good), Math.abs(level - levels.bad));
    return logs.length > 1 && nearest > (farOff * deviation) / Math.sqrt(logs.length);
  });
}
