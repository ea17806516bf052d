/**
 * What the statistics make of simulated sessions whose truth is known: the tables in docs/measurement.md. Sessions go through the
 * comparison of benchmark.ts, noise floor and all. Seeds are fixed, so the tables come out the same.
 *
 *     npx tsx test/scripts/statistics/truth-tables.ts
 */
import { exactShift } from '../../../scripts/statistics/exact-shift.ts';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { centerInterval } from '../../../scripts/statistics/statistics.ts';
import { comparisonsAgainst, verdictsOf } from '../../fakes/simulated-cells.ts';
import {
  type Machine,
  type Sessions,
  shapes,
  shareOfSessions,
  simulatedSession,
} from '../../fakes/simulated-sessions.ts';

export type Noise = keyof typeof noises;

/** Of the logarithms, each of mean 0: the true geometric mean is 1. */
const noises = {
  'normal, 3 %': (random: () => number) => Math.exp(0.03 * shapes.normal(random)),
  'lognormal, 30 %': (random: () => number) => Math.exp(0.3 * shapes.normal(random)),
  'exponential slowdowns, 3 %': (random: () => number) => Math.exp(0.03 * shapes.skewed(random)),
  'two speeds, 3 %': (random: () => number) => Math.exp(0.03 * shapes['two speeds'](random)),
} as const;

/** Share of intervals of so many runs that cover the true geometric mean. */
export function coverageOf(noise: Noise, runs: number, count: number): number {
  const random = seededRandom(runs);
  return shareOfSessions(count, 1, () => {
    const interval = centerInterval(Array.from({ length: runs }, () => noises[noise](random)));
    return interval !== null && interval.low <= 1 && interval.high >= 1;
  });
}

/** Rounds that differ by 10 %, and runs within them by 2 %. */
const roundsApart: Machine = { noise: 0.02, rounds: 0.1 };

/** How often one that is 5 % faster than all of the others, which are equal, is told from one of them. */
export function foundWithinRounds(contenders: number, runs: number, count: number): number {
  const rates = [105, ...new Array<number>(contenders - 1).fill(100)];
  const shape = { rates, runs, machine: roundsApart };
  return shareOfSessions(count, 1, (seed) => {
    const against = comparisonsAgainst(0, simulatedSession(shape, seed));
    return against.get(1)?.verdict === 'lower';
  });
}

/** What the same sessions show as independent samples. */
export function foundByMannWhitney(runs: number, count: number): number {
  return shareOfSessions(count, 1, (seed) => {
    const [a = [], b = []] = simulatedSession({ rates: [100, 105], runs, machine: roundsApart }, seed);
    return exactShift(a, b).p < 0.01;
  });
}

/** How often a difference of 3 % between two is found. */
export function powerOf(noise: number, runs: number, count: number): number {
  const shape = { rates: [100, 103], runs, machine: { noise } };
  return shareOfSessions(count, 1, (seed) => verdictsOf(simulatedSession(shape, seed)).includes('lower'));
}

/** Share of comparisons of equals that end in "faster" or "slower". */
export function falseAlarms(shape: Sessions, count: number): number {
  return shareOfSessions(count, 100, (seed) =>
    verdictsOf(simulatedSession(shape, seed)).some((verdict) => verdict === 'higher' || verdict === 'lower'),
  );
}

/** The same where one contender has exponential slowdowns of 5 % and the other normal noise of 1 %; geometric means are equal. */
function falseAlarmsOfUnlike(runs: number, count: number): number {
  return shareOfSessions(count, 1, (seed) => {
    const random = seededRandom(seed);
    const rates = (spread: number, shape: keyof typeof shapes) =>
      Array.from({ length: runs }, () => 100 * Math.exp(spread * shapes[shape](random)));
    const verdicts = verdictsOf([rates(0.05, 'skewed'), rates(0.01, 'normal')]);
    return verdicts.some((verdict) => verdict === 'higher' || verdict === 'lower');
  });
}

/** As bad as a shared machine gets: noise, a slow decline, and every twentieth run disturbed. */
export const restless: Machine = { noise: 0.03, drift: 0.1, disturbed: 0.05, disturbance: 0.25 };

const machines: ReadonlyArray<readonly [name: string, machine: Machine]> = [
  ['noise 5 %', { noise: 0.05 }],
  ['rounds 10 %, noise 3 %', { noise: 0.03, rounds: 0.1 }],
  ['exponential slowdowns 5 %', { noise: 0.05, shape: 'skewed' }],
  ['two speeds, 5 % apart from their middle', { noise: 0.05, shape: 'two speeds' }],
  ['noise 3 %, decline 10 %, every 20th run 25 % slower', restless],
];

function print(head: readonly string[], rows: ReadonlyArray<readonly (string | number)[]>, digits = 0): void {
  const cell = (value: string | number) => (typeof value === 'number' ? `${(value * 100).toFixed(digits)} %` : value);
  console.log(`| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`);
  for (const row of rows) console.log(`| ${row.map(cell).join(' | ')} |`);
  console.log();
}

if (process.argv[1]?.endsWith('truth-tables.ts')) {
  const few = [3, 4, 5, 6, 8, 12];
  print(
    ['runs', ...few.map(String)],
    (Object.keys(noises) as Noise[]).map((noise) => [noise, ...few.map((runs) => coverageOf(noise, runs, 10_000))]),
    1,
  );
  print(
    ['rounds', 'Mann–Whitney', 'two contenders', 'three', 'four'],
    [6, 8, 10, 12, 15, 20].map((runs) => [
      String(runs),
      foundByMannWhitney(runs, 2000),
      ...[2, 3, 4].map((contenders) => foundWithinRounds(contenders, runs, 2000)),
    ]),
  );
  print(
    ['equals', ...[6, 8, 15].map((runs) => `two, ${runs} rounds`), 'four, 8 rounds'],
    machines.map(([name, machine]) => [
      name,
      ...[6, 8, 15].map((runs) => falseAlarms({ rates: [100, 100], runs, machine }, 2000)),
      falseAlarms({ rates: [100, 100, 100, 100], runs: 8, machine }, 2000),
    ]),
    1,
  );
  print(
    ['unlike, runs', '6', '8', '15'],
    [['false alarms', ...[6, 8, 15].map((runs) => falseAlarmsOfUnlike(runs, 1500))]],
    1,
  );
  const levels = [0.003, 0.005, 0.01, 0.015, 0.02, 0.03];
  print(
    ['runs each', ...levels.map((noise) => `noise ${noise * 100} %`)],
    [6, 8, 10, 15, 20, 30].map((runs) => [String(runs), ...levels.map((noise) => powerOf(noise, runs, 500))]),
  );
}
