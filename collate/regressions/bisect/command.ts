/** `regressions.ts bisect`: which build changed a figure, where every run is noisy. */
import { InvalidArgumentError } from 'commander';
import { exitCodes } from '../../../scripts/command-line/errors.ts';
import { significant } from '../../../scripts/command-line/format.ts';
import { interruptSignal } from '../../../scripts/command-line/interrupt.ts';
import { wholeNumber } from '../../../scripts/command-line/options.ts';
import { program } from '../../../scripts/command-line/program.ts';
import { progress } from '../../../scripts/command-line/progress.ts';
import { print, printJson } from '../../../scripts/command-line/terminal.ts';
import { defaults } from '../../../scripts/settings/defaults.ts';
import { bisect, budgetFor } from './bisect.ts';
import { bisectText } from './bisect-text.ts';
import { buildsInFile, revisionsBetween } from './builds.ts';
import { journalPath, recorded } from './journal.ts';
import { buildVariable, measureBuild } from './measuring-command.ts';

export function bisectCommand() {
  return program('bisect', 'Finds the first bad build among many, from noisy runs, with a stated error.', [
    [
      "npx tsx collate/regressions.ts bisect --good v1.0 --bad main --measure './measure.sh'",
      'revisions of the repository here',
    ],
    [
      "npx tsx collate/regressions.ts bisect --builds builds.txt --good b6100 --bad b6150 --measure './measure.sh'",
      'builds of a list',
    ],
  ])
    .requiredOption('--good <build>', 'revision or build from before the change')
    .requiredOption('--bad <build>', 'revision or build with the change')
    .requiredOption(
      '--measure <command>',
      `shell command that makes and measures the build named in the variable ${buildVariable}, and prints its figure in the last line; exit code 125: this build cannot be measured`,
    )
    .option('--metric <field>', 'the command prints JSON, and this is its figure, as in totals.decodeTokensPerSecond')
    .option('--builds <file>', 'the builds, one a line, oldest first, instead of revisions of a repository')
    .option('--repository <dir>', 'git repository, and where the command runs', '.')
    .option('--runs <n>', 'runs of a build at a visit, at most; as many of each end', wholeNumber(2, 1000), 8)
    .option('--most-runs <n>', 'runs in all (default: enough for two wrong turns)', wholeNumber(10, 100_000))
    .option('--confidence <share>', 'ends when one build has this probability', confidence, 0.99)
    .option(
      '--output <dir>',
      'folder of results; runs are kept in its bisections/, and the same command goes on',
      defaults.output,
    )
    .option('--json', 'print the outcome as JSON', false)
    .action(async (options) => {
      const { good, bad, output, json, repository: folder, measure: line } = options;
      const signal = interruptSignal('Stopping; runs so far are kept, and the same command goes on.');
      const ends = { good, bad };
      const builds = options.builds === undefined ? revisionsBetween(folder, ends) : buildsInFile(options.builds, ends);
      const metric = options.metric ?? null;
      const question = { builds, command: line, metric };
      const measure = recorded(output, question, (build) => measureBuild(build, { line, folder, metric, signal }));
      const mostRuns = options.mostRuns ?? budgetFor(builds.length, options.runs);
      const terms = { runsPerBuild: options.runs, mostRuns, confidence: options.confidence };
      const bar = progress(`bisecting ${builds.length} builds`);
      let done = 0;
      const outcome = await bisect(builds.length, measure, terms, ({ build, value }) => {
        bar.update(++done, mostRuns, `${builds[build]}: ${value === null ? 'not measurable' : significant(value)}`);
      }).finally(() => bar.end());
      if (json) {
        const named = { ...outcome, name: builds[outcome.build], journal: journalPath(output, question), builds };
        printJson(named);
      } else print(bisectText(outcome, builds));
      if (outcome.ended !== 'certain') process.exitCode = exitCodes.failed;
    });
}

function confidence(text: string): number {
  const share = Number(text);
  if (share > 0.5 && share < 1) return share;
  throw new InvalidArgumentError('A share above 0.5 and below 1 is needed, such as 0.99.');
}
