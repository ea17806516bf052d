/**
 * Says what the measurements mean: mean, median, extremes, deviation and interval of every group of runs, and which
 * framework is faster than which, with everything such a verdict needs: parity first of all.
 *
 * Reads   <output>/runs.csv
 * Writes  tables to the terminal, or JSON
 *
 *     npx tsx collate/analyze.ts
 *     npx tsx collate/analyze.ts --reference FRAMEWORK --json
 */
import { exitCodes, UserError } from '../scripts/command-line/errors.ts';
import { defaultOutput } from '../scripts/command-line/options.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { analyze } from './analysis/analysis.ts';
import { analysisText } from './analysis/analysis-text.ts';
import type { RunRow } from './tables/columns/runs.ts';
import { readRuns } from './tables/read.ts';

function commandLine() {
  return program('collate/analyze.ts', 'Summarises the runs and compares the frameworks.', [
    ['npx tsx collate/analyze.ts', 'every group of runs, and who is faster'],
    ['npx tsx collate/analyze.ts --reference FRAMEWORK', 'compares the others with this one, not with the fastest'],
    ['npx tsx collate/analyze.ts --json | jq .comparisons', 'the same for programs'],
  ])
    .option('--output <dir>', 'folder with runs.csv in it', defaultOutput)
    .option('--reference <framework>', 'compare with this framework instead of the fastest')
    .option('--json', 'print the analysis as JSON');
}

/** @param args the command line behind the script's name */
export async function analyzeCommand(args: readonly string[]): Promise<void> {
  const { output, reference, json } = commandLine()
    .parse([...args], { from: 'user' })
    .opts();
  const runs = readRuns(output);
  const frameworks = [...new Set(runs.map((row) => row.framework))];
  if (reference !== undefined && !frameworks.includes(reference)) {
    throw new UserError(`there is no run of "${reference}" in ${output}`, {
      remedy: `Measured were: ${frameworks.join(', ') || 'none'}.`,
      exitCode: exitCodes.usage,
    });
  }
  const analysis = analyze(runs, reference);
  if (json !== true && analysis.groups.length === 0) throw nothingTimed(runs, output);
  process.stdout.write(`${json === true ? JSON.stringify(analysis, null, 2) : analysisText(analysis)}\n`);
}

function nothingTimed(runs: readonly RunRow[], output: string): UserError {
  const timed = runs.filter((run) => run.workload !== 'parity' && run.workload !== 'pool');
  const exitCode = exitCodes.missing;
  return timed.length === 0
    ? new UserError(`there are parity runs only in ${output}: nothing was timed`, {
        remedy: 'Measure with `npx tsx scripts/benchmark.ts`; the verdicts on parity are in runs.csv.',
        exitCode,
      })
    : new UserError(`none of the ${timed.length} runs in ${output} completed`, {
        remedy: 'The column error of runs.csv says why.',
        exitCode,
      });
}

if (isMain(import.meta.url)) await run(() => analyzeCommand(process.argv.slice(2)));
