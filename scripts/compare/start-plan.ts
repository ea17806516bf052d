/** `npm start`: its options, the two comparisons that it makes, and how long all of it still takes. */

import { join, relative } from 'node:path';
import { wholeNumber } from '../command-line/options.ts';
import { program } from '../command-line/program.ts';
import { optionWords, shellLine, startWords } from '../command-line/shell-line.ts';
import { repositoryRoot } from '../models/registry.ts';
import { defaults } from '../settings/defaults.ts';
import { fewestForVerdict } from '../statistics/verdict.ts';
import { sessionProgram } from './session-options.ts';
import { expectedMs, roundsWithin } from './session-plan.ts';

const { start } = defaults;

export function startProgram() {
  return program(
    'start',
    'The whole pipeline: answers of the embedded model, speed of a model of real shape, tables, charts, report.',
    [
      ['npm start', 'everything with its defaults'],
      ['npm start -- --install', 'first installs every framework that lives in Python, and asks nothing'],
      ['npm start -- --budget 300', 'longer runs and more rounds: narrower intervals, smaller differences are found'],
      ['npm start -- --iterations 12', 'so many rounds, however long they take'],
    ],
  )
    .option('--output <dir>', 'folder of results', defaults.output)
    .option(
      '--install',
      `first install each framework that lives in Python, into an environment of its own; this takes minutes that the budget does not cover. What takes a compiler is left to \`${shellLine([...startWords('scripts/frameworks.ts'), 'list'])}\``,
      false,
    )
    .option(
      '--budget <seconds>',
      `time for all of it, by which rounds and the seconds of a run are planned; ${fewestForVerdict} rounds at least (default: ${start.budgetSeconds})`,
      wholeNumber(1, 86_400),
    )
    .option(
      '--iterations <n>',
      'rounds, with a run of each framework (default: what fits into the budget)',
      wholeNumber(1, 100),
    );
}

/** Whether everything works: the embedded model answers, once with each framework. As options of benchmark.ts, which are what is run. */
export function answersWords(asked: { output: string }): string[] {
  const { answers } = start;
  return optionWords(sessionProgram(), { ...answers, ...asked }, { named: Object.keys(answers) });
}

/** Who is how fast: a model of real shape with random weights, in rounds enough for a verdict. What is printed is what is run. */
export function speedWords(asked: {
  output: string;
  iterations?: number;
  minSeconds?: number;
  frameworks?: string;
}): string[] {
  const questions = relative(process.cwd(), join(repositoryRoot, start.speed.questions));
  const values = { ...start.speed, questions, ...asked };
  return optionWords(sessionProgram(), values, { named: ['iterations', 'minSeconds'] });
}

/** How long a run may take before its framework is left out of the rounds that follow, in milliseconds. */
export function longestRunMs(budgetSeconds: number): number {
  return Math.max(budgetSeconds, start.budgetSeconds) * start.longestRunShare * 1000;
}

/** Runs that the plan has, and how long they should take. */
export interface PlannedRuns {
  runs: number;
  rounds: number;
  expectedMs: number;
}

/** The rounds, while they are measured. */
interface Measuring extends PlannedRuns {
  /** Runs that were done when the end was last foretold. */
  done: number;
  /** When the first round was over; null until then. */
  firstRoundEndMs: number | null;
}

/** Runs of each framework before the rounds: the answers of the embedded model, and the check of parity. */
const runsBefore = 2;

/**
 * How long `npm start` still takes, all of its stages together. Between two runs it counts down; after a run the end is foretold
 * anew. The first run of a framework is slow, so the first round changes nothing, and the plan counts as much as a round afterwards.
 * Instants are those of `performance.now()`: from the start of the process.
 */
export class StartTime {
  readonly #reportMs: number;
  readonly #now: () => number;
  #measuring: Measuring | null = null;
  /** When the rounds should be over; infinite where nobody said how long it may take. */
  readonly roundsEndAtMs: number;
  #expectedEndMs: number;

  /**
   * @param budgetMs for all of it; null: as long as it takes
   * @param installedMs what was spent on installing frameworks before, which the budget does not cover
   */
  constructor(
    budgetMs: number | null,
    reportMs: number,
    { now = () => performance.now(), installedMs = 0 }: { now?: () => number; installedMs?: number } = {},
  ) {
    this.#reportMs = reportMs;
    this.#now = now;
    this.roundsEndAtMs = budgetMs === null ? Number.POSITIVE_INFINITY : installedMs + budgetMs - reportMs;
    this.#expectedEndMs = this.roundsEndAtMs + reportMs;
  }

  /**
   * One more framework was found: the fewest rounds of all of them may take longer than the budget.
   * @param runsPerRound one of each framework that works, so far
   * @param startMs how long it took to start one, in the mean
   */
  surveyed(runsPerRound: number, startMs: number): void {
    const beforeMs = runsBefore * runsPerRound * startMs;
    const ms = this.roundsEndAtMs - this.#now() - beforeMs;
    const { warmUp } = start.speed;
    const { rounds, minSeconds } = roundsWithin({ ms, runsPerRound, startMs, warmUp }, fewestForVerdict);
    const roundsMs = expectedMs(rounds * runsPerRound, minSeconds, startMs, warmUp);
    const endMs = this.#now() + beforeMs + roundsMs + this.#reportMs;
    this.#expectedEndMs = Math.max(this.#expectedEndMs, endMs);
  }

  /** The rounds begin now. */
  planned(plan: PlannedRuns): void {
    this.#measuring = { ...plan, done: 0, firstRoundEndMs: null };
    this.#expectedEndMs = this.#now() + plan.expectedMs + this.#reportMs;
  }

  measured(): void {
    this.#measuring = null;
    this.#expectedEndMs = this.#now() + this.#reportMs;
  }

  /** @param count of the stage so far; while rounds are measured, their runs. @returns null where nobody knows yet */
  leftMs({ done, total }: { done: number; total: number }): number | null {
    if (this.#measuring !== null && total === this.#measuring.runs) this.#foretell(this.#measuring, done);
    const left = this.#expectedEndMs - this.#now();
    return Number.isFinite(left) ? Math.max(0, left) : null;
  }

  #foretell(measuring: Measuring, done: number): void {
    const { runs, rounds, expectedMs } = measuring;
    const perRound = runs / rounds;
    if (done <= measuring.done || done < perRound) return;
    measuring.done = done;
    measuring.firstRoundEndMs ??= this.#now();
    const sinceMs = this.#now() - measuring.firstRoundEndMs;
    const perRunMs = (perRound * (expectedMs / runs) + sinceMs) / done;
    this.#expectedEndMs = this.#now() + perRunMs * (runs - done) + this.#reportMs;
  }
}
