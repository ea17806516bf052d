/** The options of ci-benchmark.ts. */
import { usageError } from '../../command-line/errors.ts';
import { choice, commaList, wholeNumber } from '../../command-line/options.ts';
import { program } from '../../command-line/program.ts';
import { shellLine, startWords } from '../../command-line/shell-line.ts';
import { failingVerdicts } from '../../log/gate-plan.ts';
import { defaults } from '../../settings/defaults.ts';
import { fewestForLevel } from '../../statistics/exact-shift.ts';
import { screeningLevel } from '../../statistics/two-stage.ts';

const script = 'npx tsx scripts/ci-benchmark.ts';
const suite = 'configs/suites/performance_suite.json';
const usualRuns = 8;
const fewestRuns = fewestForLevel(screeningLevel);

export function ciProgram() {
  return program(
    'ci-benchmark',
    'Runs a suite for the tree that it is part of, and with --baseline for another build as well, in turns on this machine, and says what became slower.',
    [
      [`${script} --suite ${suite} --output-dir results/`, 'measures this tree'],
      [`${script} --suite ${suite} --output-dir results/ --baseline main`, 'is this tree slower than main?'],
      [`${script} --suite configs/suites/smoke.json --output-dir results/ --baseline ../other`, 'than a folder?'],
      [`${script} --suite ${suite} --output-dir results/ --baseline main --cell 3,7`, 'two cells of the suite only'],
    ],
  )
    .requiredOption('--suite <file>', 'sweep file with the cells, such as those in configs/suites/')
    .option('--output-dir <dir>', 'folder of results: raw logs, tables, gate.json', defaults.output)
    .option('--baseline <rev>', 'git revision to compare with, or a folder with another checkout')
    .option(
      '--runs <n>',
      `runs of each cell and build in the first stage, an even number from ${fewestRuns} on (default: ${usualRuns})`,
      wholeNumber(1, 1000),
    )
    .option(
      '--most-runs <n>',
      'runs a side for a suspect in the second stage, at most (default: 3 x --runs)',
      wholeNumber(1, 1000),
    )
    .option('--cell <numbers>', 'only these cells of the suite, by the number that the report gives them', commaList)
    .option('--seed <n>', 'draws the order of the cells, and which build begins', wholeNumber(0), defaults.seed)
    .option('--fail-on <verdict>', failingVerdicts.help, choice(...failingVerdicts.choices), 'regression')
    .option('--json', 'print the report as JSON on standard output');
}

export type CiOptions = ReturnType<ReturnType<typeof ciProgram>['opts']>;

/** @throws UserError for numbers of runs with which nothing could be found, or which make no blocks of A B B A */
export function plannedRuns({ runs = usualRuns, mostRuns = 3 * runs }: Pick<CiOptions, 'runs' | 'mostRuns'>) {
  if (runs < fewestRuns || runs % 2 === 1) {
    throw usageError(
      `--runs ${runs}: the first stage takes an even number of runs a side, and ${fewestRuns} at least`,
      `Leave it out for ${usualRuns}, or give --runs ${Math.max(fewestRuns, runs + (runs % 2))}.`,
    );
  }
  if (mostRuns < runs) {
    throw usageError(`--most-runs ${mostRuns} is less than --runs ${runs}`, 'Give as many at least, or leave it out.');
  }
  return { runs, mostRuns };
}

/** The command that measures the same again. */
export function sameCommand({ suite: file, outputDir, baseline, runs }: CiOptions): string[] {
  return [
    ...startWords('scripts/ci-benchmark.ts'),
    ...['--suite', file, '--output-dir', `${outputDir.replace(/\/+$/, '')}-again`],
    ...(baseline === undefined ? [] : ['--baseline', baseline]),
    ...(runs === undefined ? [] : ['--runs', String(runs)]),
  ];
}

export function comparingLine(options: CiOptions): string {
  return shellLine([
    ...startWords('scripts/ci-benchmark.ts'),
    ...['--suite', options.suite, '--output-dir', options.outputDir, '--baseline', 'main'],
  ]);
}
