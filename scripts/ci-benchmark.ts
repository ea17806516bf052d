/**
 * The regression gate of a pull request: a suite for two builds, in turns on one machine. Every cell is screened, suspects are
 * measured again, and only what fresh runs confirm fails the build. Without --baseline it measures this tree and compares nothing.
 *
 * Writes  <output-dir>/raw/<framework>/*.txt, the tables, gate-plan.json and gate.json
 *
 *   npx tsx scripts/ci-benchmark.ts --suite configs/suites/performance_suite.json --output-dir results/
 *   npx tsx scripts/ci-benchmark.ts --suite configs/suites/performance_suite.json --output-dir results/ --baseline main
 */
import { exitCodes, usageError } from './command-line/errors.ts';
import { milliseconds } from './command-line/format.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { run } from './command-line/program.ts';
import { type Progress, progress } from './command-line/progress.ts';
import { say, tellNext } from './command-line/terminal.ts';
import { type Build, baseBuild, headBuild } from './compare/ci/build.ts';
import { type CiOptions, ciProgram, comparingLine, plannedRuns, sameCommand } from './compare/ci/ci-options.ts';
import { compareBuilds } from './compare/ci/comparison.ts';
import { type SuiteCell, suiteCells } from './compare/ci/suite.ts';
import { runStage, showStage } from './compare/pipeline-stage.ts';
import { readSweepFile, type SweepFile } from './compare/sweeps/sweep-file.ts';
import { requireWritable } from './log/run-log.ts';

async function ciCommand(): Promise<void> {
  const options = ciProgram().parse().opts();
  const file = readSweepFile(options.suite);
  const signal = interruptSignal();
  if (options.baseline === undefined) return measureAlone(options);
  const asked = { ...options, ...plannedRuns(options), cells: await suiteCells(file, options.cell) };
  requireWritable(options.outputDir);
  const line = progress(`${file.name}: preparing the base`);
  try {
    await using base = await baseBuild(options.baseline, (what) => line.stage(what));
    await using head = await headBuild();
    if (!(await compare(asked, file, { base, head }, line, signal))) {
      line.end();
      say('Run the same command again to continue where this one stopped.');
      process.exitCode = exitCodes.interrupted;
      return;
    }
  } finally {
    line.end();
  }
  const { outputDir, failOn, json = false } = options;
  process.exitCode = await showStage('collate/gate.ts', outputDir, ['--fail-on', failOn, ...(json ? ['--json'] : [])]);
}

async function compare(
  options: CiOptions & { runs: number; mostRuns: number; cells: readonly SuiteCell[] },
  file: SweepFile,
  builds: Record<'base' | 'head', Build>,
  line: Progress,
  signal: AbortSignal,
): Promise<boolean> {
  const { base, head } = builds;
  const { runs, mostRuns, cells } = options;
  const startMs = performance.now();
  line.end();
  say(
    `${file.name}: ${head.words} against ${base.words}; ${cells.length} cells x ${runs} runs x 2 builds, then suspects again with up to ${mostRuns} runs a side`,
  );
  const completed = await compareBuilds(
    {
      plan: {
        schema: 'tokenlap.gate/1',
        suite: file.name,
        command: sameCommand(options),
        builds: { base: { words: base.words, mark: base.mark }, head: { words: head.words, mark: head.mark } },
        runs,
        mostRuns,
        cells: cells.map(({ number, words }) => ({ number, words })),
        problems: [],
      },
      builds,
      options: new Map(cells.map(({ number, options: ofCell }) => [number, ofCell])),
      output: options.outputDir,
      seed: options.seed,
    },
    line,
    signal,
  );
  line.end();
  if (completed) say(`Measured in ${milliseconds(performance.now() - startMs)}`);
  return completed;
}

/** All cells of the suite by this tree, and the tables of them. */
async function measureAlone(options: CiOptions): Promise<void> {
  const { suite, outputDir, runs, mostRuns, cell } = options;
  if (runs !== undefined || mostRuns !== undefined || cell !== undefined) {
    throw usageError(
      '--runs, --most-runs and --cell belong to a comparison, and there is no --baseline',
      `Add it: ${comparingLine(options)}`,
    );
  }
  const code = await showStage('scripts/sweep.ts', outputDir, [], [suite]);
  if (code === exitCodes.interrupted) process.exitCode = code;
  else {
    await runStage('collate/all.ts', outputDir);
    tellNext(`Nothing was compared. To compare this tree with another build: ${comparingLine(options)}`);
    process.exitCode = code;
  }
}

await run(ciCommand);
