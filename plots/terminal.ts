/**
 * Draws the main comparison, the decode rate of every framework with its interval, in the terminal. Reads
 * <output>/runs.csv and writes nothing.
 *
 *   npx tsx plots/terminal.ts
 *   npx tsx plots/terminal.ts --output results --json
 */

import { readTable } from '../collate/tables/read.ts';
import { printableTexts } from '../scripts/command-line/printable-text.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { print, printJson, say } from '../scripts/command-line/terminal.ts';
import { runsTable } from '../scripts/results/runs/runs.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import { plotData } from './data/plot-data.ts';
import { terminalBars, terminalGroups } from './output/terminal-bars.ts';

async function main(): Promise<void> {
  const command = program('terminal', 'Draw the comparison of decode rates in the terminal.', [
    ['npx tsx plots/terminal.ts', 'bars for everything in benchmark_output'],
    ['npx tsx plots/terminal.ts --json', 'the numbers behind them'],
  ])
    .option('--output <dir>', 'folder with runs.csv in it', defaults.output)
    .option('--json', 'print the numbers as JSON')
    .parse();
  const { output, json } = command.opts();
  const runs = readTable(output, runsTable);
  const data = plotData(json === true ? runs : printableTexts(runs));
  const groups = terminalGroups(data);
  if (json === true) {
    printJson(groups);
    return;
  }
  if (groups.length === 0) say('No completed run of the question workload to compare.');
  else print(terminalBars(groups, process.stdout.columns || 80));
  if (data.notRun.length > 0) say(`${data.notRun.length} of ${data.runs.length} runs did not complete.`);
}

if (isMain(import.meta.url)) await run(main);
