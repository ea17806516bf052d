/**
 * Says what the measurements mean: mean, median, extremes, deviation and interval of every group of runs, and which
 * framework is faster than which, with everything such a verdict needs: parity first of all. With --as, shows one run under
 * the formulas of another tool.
 *
 * Reads   <output>/runs.csv, or one raw log
 * Writes  tables to the terminal, or JSON
 *
 *     npx tsx collate/analyze.ts
 *     npx tsx collate/analyze.ts --as vllm benchmark_output/raw/llamacpp/LOG.txt
 */
import { exitCodes, UserError, usageError } from '../scripts/command-line/errors.ts';
import { commaList, withSuggestion } from '../scripts/command-line/options.ts';
import { printableTexts } from '../scripts/command-line/printable-text.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { scriptLine } from '../scripts/command-line/shell-line.ts';
import { print, show } from '../scripts/command-line/terminal.ts';
import { type RunRow, runsTable } from '../scripts/results/runs/runs.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import { analyze } from './analysis/analysis.ts';
import { analysisText } from './analysis/analysis-text.ts';
import { ungrouped } from './analysis/counted-runs.ts';
import { frameworkTitle } from './analysis/framework-title.ts';
import { pivotOf, pivotText } from './analysis/pivot.ts';
import { readRecorded } from './definitions/recorded.ts';
import { toolsNamed, toolsText, underTools } from './definitions/tools-text.ts';
import { readTable } from './tables/read.ts';

function commandLine() {
  return program('collate/analyze.ts', 'Summarises the runs and compares the frameworks.', [
    ['npx tsx collate/analyze.ts', 'every group of runs, and who is faster'],
    ['npx tsx collate/analyze.ts --reference FRAMEWORK', 'compares the others with this one, not with the fastest'],
    ['npx tsx collate/analyze.ts --json | jq .comparisons', 'the same for programs'],
    ['npx tsx collate/analyze.ts --pivot framework,quantize', 'decode rates as a cross table'],
    ['npx tsx collate/analyze.ts --as vllm LOG.txt', "one run under another tool's formulas, beside ours"],
  ])
    .argument('[log]', 'one raw log, for --as')
    .option('--output <dir>', 'folder with runs.csv in it', defaults.output)
    .option('--reference <framework>', 'compare with this framework instead of the fastest')
    .option(
      '--as <tools>',
      'show one log as vllm, aiperf, guidellm, mlc-bench, mlperf-client, llama-bench, llama-benchy, or all',
      commaList,
    )
    .option('--pivot <down,across>', 'a cross table instead, of two columns of runs.csv', commaList)
    .option('--of <column>', 'the figure in the cross table: a column of runs.csv', 'decode_tokens_per_s')
    .option('--json', 'print the analysis as JSON');
}

/** @param args the command line behind the script's name */
export async function analyzeCommand(args: readonly string[]): Promise<void> {
  const command = commandLine().parse([...args], { from: 'user' });
  const { output, reference, as: tools, pivot, of, json = false } = command.opts();
  const [log] = command.processedArgs;
  const text =
    pivot !== undefined
      ? await crossTable(output, pivot, of, json)
      : tools === undefined
        ? analysisOf(output, reference, json, log)
        : underOtherTools(requiredLog(log), tools, json);
  if (json) show(`${text}\n`, process.stdout);
  else print(text);
}

async function crossTable(output: string, asked: readonly string[], of: string, json: boolean): Promise<string> {
  const [down, across, ...others] = asked;
  if (down === undefined || across === undefined || others.length > 0)
    throw usageError(
      '--pivot takes two columns',
      'The first goes down, the second across: `--pivot framework,quantize`.',
    );
  const read = readTable(output, runsTable);
  const named = () => printableTexts(read).map((run) => ({ ...run, framework: frameworkTitle(run) }));
  const pivot = await pivotOf(json ? read : named(), { down, across, of });
  if (json) return JSON.stringify(pivot, null, 2);
  if (pivot.rows.length > 0) return pivotText(pivot);
  throw new UserError(`no completed run in ${output} has a ${of}`, {
    remedy: 'Name another figure with --of; kernel runs have tg_tokens_per_s and pp_tokens_per_s.',
    exitCode: exitCodes.missing,
  });
}

function underOtherTools(log: string, names: readonly string[], json: boolean): string {
  const chosen = toolsNamed(names);
  const recorded = readRecorded(log);
  const views = underTools(recorded, chosen);
  return json ? JSON.stringify({ log, uuid: recorded.header.uuid, views }, null, 2) : toolsText(recorded, views);
}

function requiredLog(log: string | undefined): string {
  if (log !== undefined) return log;
  throw usageError(
    '--as needs one raw log',
    'Name it: `npx tsx collate/analyze.ts --as vllm benchmark_output/raw/FRAMEWORK/LOG.txt`.',
  );
}

function analysisOf(output: string, reference: string | undefined, json: boolean, log: string | undefined): string {
  if (log !== undefined) {
    throw usageError(
      `without --as nothing is done with a single log (${log})`,
      'Add --as vllm, or leave the log out to analyse all runs.',
    );
  }
  const read = readTable(output, runsTable);
  const runs = json ? read : printableTexts(read);
  const frameworks = [...new Set(runs.flatMap((row) => row.framework ?? []))];
  if (reference !== undefined && !frameworks.includes(reference)) {
    throw usageError(
      withSuggestion(`there is no run of "${reference}" in ${output}`, reference, frameworks),
      `Measured were: ${frameworks.join(', ') || 'none'}.`,
    );
  }
  const analysis = analyze(runs, reference);
  if (!json && analysis.groups.length === 0) throw nothingTimed(runs, output);
  return json ? JSON.stringify(analysis, null, 2) : analysisText(analysis);
}

function nothingTimed(runs: readonly RunRow[], output: string): UserError {
  const timed = runs.filter((run) => !ungrouped.includes(run.workload));
  const exitCode = exitCodes.missing;
  return timed.length === 0
    ? new UserError(`nothing in ${output} can be compared: there are parity runs and load tests only`, {
        remedy: `Measure with \`${scriptLine('scripts/benchmark.ts', output)}\`; the verdicts on parity are in runs.csv, load tests in load.csv.`,
        exitCode,
      })
    : new UserError(`none of the ${timed.length} runs in ${output} completed`, {
        remedy: 'The column error of runs.csv says why.',
        exitCode,
      });
}

if (isMain(import.meta.url)) await run(() => analyzeCommand(process.argv.slice(2)));
