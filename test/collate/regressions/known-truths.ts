/** What the search for trends, bisection and a rival make of histories whose truth is known. Seeds are fixed. */
import { bisect, budgetFor } from '../../../collate/regressions/bisect/bisect.ts';
import { UserError } from '../../../scripts/command-line/errors.ts';
import { movementOf } from '../../../scripts/statistics/movement.ts';
import { mean, median } from '../../../scripts/statistics/statistics.ts';
import { otavaChangePoints } from '../../fakes/otava-rule.ts';
import { noises, scans, simulatedLogs, type Told, type Truth, toldOf } from '../../fakes/simulated-series.ts';

const many = 100;

/** Share of scans of a hundred unchanged series in which anything is told. */
export function falseAlarms(truth: Truth, count: number, seed = 1): number {
  const alarmed = scans(count, seed, (random, own) => {
    const series = Array.from({ length: many }, () => simulatedLogs(truth, random));
    return toldOf(series, own).some((told) => told.length > 0);
  });
  return alarmed.filter(Boolean).length / count;
}

export interface StepOutcome {
  found: number;
  /** Within one run of where it is. */
  located: number;
  /** More than one change told. */
  extra: number;
  up: number;
  down: number;
}

/** Every tenth of a hundred series has a step at a run drawn from the middle eight tenths, every second one downwards. */
export function stepsFound(sigma: number, deviations: number, count: number, points = 200): StepOutcome {
  const outcomes = scans(count, 5000, (random, seed) => {
    const steps = Array.from({ length: many }, (_, i) =>
      i % 10 === 0 ? { at: Math.floor(points * (0.1 + 0.8 * random())), up: i % 20 === 0 } : null,
    );
    const series = steps.map((step) => {
      const height = step === null ? 0 : (step.up ? 1 : -1) * deviations * sigma;
      return simulatedLogs({ points, sigma, level: (run) => (step !== null && run >= step.at ? height : 0) }, random);
    });
    const told = toldOf(series, seed);
    return steps.flatMap((step, i) => (step === null ? [] : [{ ...step, told: told[i] ?? [] }]));
  }).flat();
  const share = (test: (one: { at: number; up: boolean; told: Told[] }) => boolean, among = outcomes) =>
    among.filter(test).length / among.length;
  const isFound = ({ told }: { told: Told[] }) => told.some(({ kind }) => kind === 'step');
  return {
    found: share(isFound),
    located: share(({ at, told }) => told.some((each) => each.kind === 'step' && Math.abs(each.at - at) <= 1)),
    extra: share(({ told }) => told.length > 1),
    up: share(
      isFound,
      outcomes.filter(({ up }) => up),
    ),
    down: share(
      isFound,
      outcomes.filter(({ up }) => !up),
    ),
  };
}

/** Shares of single series of which a step, or a drift, is told. */
export function kindsTold(truth: Truth, count: number): { step: number; drift: number } {
  const told = scans(count, 9000, (random, seed) => toldOf([simulatedLogs(truth, random)], seed)[0] ?? []);
  const share = (kind: Told['kind']) => told.filter((each) => each.some((one) => one.kind === kind)).length / count;
  return { step: share('step'), drift: share('drift') };
}

/** Two per cent in a hundred runs. */
export const slowDrift = (run: number) => 0.0002 * run;
/** Ten per cent away for forty runs, and back. */
export const excursion = (run: number) => (run >= 90 && run < 130 ? -0.1 : 0);

export const spike = (run: number) => (run === 150 ? -0.7 : 0);
export const halfway = (run: number) => (run < 100 ? 0 : -0.06);

/** Of unchanged series, how many moves that chance calls significant at 5 % go up, and how many down. */
export function directions(count: number, points: number): { up: number; down: number } {
  const changes = scans(count, 20_000, (random, seed) => {
    const movement = movementOf(simulatedLogs({ points, sigma: 0.02 }, random), seed);
    return movement === null || movement.p > 0.05 ? 0 : -Math.sign(movement.step.z);
  });
  return { up: changes.filter((sign) => sign > 0).length, down: changes.filter((sign) => sign < 0).length };
}

/** Share of steps of three deviations that are told with so many runs behind them, in a scan of a hundred series. */
export function foundSoon(runsBehind: number, count: number): number {
  const found = scans(count, 30_000, (random, seed) => {
    const stepped = simulatedLogs(
      { points: 100 + runsBehind, sigma: 0.02, level: (run) => (run >= 100 ? -0.06 : 0) },
      random,
    );
    const others = Array.from({ length: many - 1 }, () => simulatedLogs({ points: 100, sigma: 0.02 }, random));
    return (toldOf([stepped, ...others], seed)[0] ?? []).length > 0;
  });
  return found.filter(Boolean).length / count;
}

/** Sessions of five runs that have a deviation of 3 % in common, and 2 % each: searched by runs, and by the medians of sessions. */
export function sessionAlarms(by: 'runs' | 'sessions', count: number): number {
  const alarmed = scans(count, 40_000, (random, seed) => {
    const series = Array.from({ length: many }, () => {
      const runs = Array.from({ length: 40 }, () => {
        const day = 0.03 * noises.normal(random);
        return Array.from({ length: 5 }, () => day + 0.02 * noises.normal(random));
      });
      return Float64Array.from(by === 'runs' ? runs.flat() : runs.map(median));
    });
    return toldOf(series, seed).some((told) => told.length > 0);
  });
  return alarmed.filter(Boolean).length / count;
}

/** Shares of single series in which Otava's rule finds anything. */
export function otavaFinds(truth: Truth, count: number): number {
  const found = scans(
    count,
    50_000,
    (random) => otavaChangePoints(Array.from(simulatedLogs(truth, random), Math.exp)).length > 0,
  );
  return found.filter(Boolean).length / count;
}

export interface BisectionTruth {
  noise: number;
  change: number;
  /** Share of runs that are three tenths slower. */
  disturbed?: number;
}

/** Bisections of 1024 builds with the default settings; those that end with an error are wrong. */
export async function bisectionsRight({ noise, change, disturbed = 0 }: BisectionTruth, count: number) {
  const terms = { runsPerBuild: 8, mostRuns: budgetFor(1024, 8), confidence: 0.99 };
  const all = await Promise.all(
    scans(count, 80_000, async (random) => {
      const first = 1 + Math.floor(1023 * random());
      const measure = async (build: number) =>
        100 *
        Math.exp(noise * noises.normal(random)) *
        (build >= first ? 1 - change : 1) *
        (random() < disturbed ? 0.7 : 1);
      const outcome = await bisect(1024, measure, terms).catch((error: unknown) => {
        if (error instanceof UserError) return null;
        throw error;
      });
      return { first, outcome };
    }),
  );
  const certain = all.filter(({ outcome }) => outcome?.ended === 'certain');
  const runs = all.flatMap(({ outcome }) => outcome?.runs.length ?? []);
  return {
    right: all.filter(({ first, outcome }) => outcome?.build === first).length / count,
    certain: certain.length / count,
    wrongThoughCertain:
      certain.filter(({ first, outcome }) => outcome?.build !== first).length / Math.max(1, certain.length),
    among: all.filter(({ first, outcome }) => outcome?.credible.includes(first) === true).length / count,
    meanRuns: mean(runs),
    mostRuns: Math.max(...runs),
  };
}

/** Seconds for a thousand series of 365 points, a fifth of them with a step. */
export function secondsFor(seriesCount: number, points: number): { elapsed: number; cpu: number } {
  const [series = []] = scans(1, 60_000, (random) =>
    Array.from({ length: seriesCount }, (_, i) =>
      simulatedLogs({ points, sigma: 0.02, level: (run) => (i % 5 === 0 && run > points / 2 ? -0.06 : 0) }, random),
    ),
  );
  const [start, before] = [performance.now(), process.cpuUsage()];
  toldOf(series, 1);
  return { elapsed: (performance.now() - start) / 1000, cpu: process.cpuUsage(before).user / 1e6 };
}
