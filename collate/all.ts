/**
 * Collates raw run logs into tables.
 *
 * Reads   <output>/raw/<framework>/*.txt
 * Writes  <output>/<framework>.csv (a row per generated token), answers.csv, runs.csv; only what is new
 *
 *     npx tsx collate/all.ts
 *     npx tsx collate/all.ts --output results --rebuild
 */
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { progress } from '../scripts/command-line/progress.ts';
import { isInteractive, print, printJson } from '../scripts/command-line/terminal.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import { collateAll } from './incremental/collate-all.ts';
import { summaryText } from './incremental/summary.ts';

function commandLine() {
  return program('collate/all.ts', 'Turns raw run logs into tables: a row per token, per answer and per run.', [
    ['npx tsx collate/all.ts', 'adds the logs that are not in the tables yet'],
    ['npx tsx collate/all.ts --output results', 'works on another folder'],
    ['npx tsx collate/all.ts --rebuild', 'makes all tables again from the raw logs'],
    ['npx tsx collate/all.ts --json | jq .problems', 'every log with something wrong in it'],
  ])
    .option('--output <dir>', 'folder with raw/ in it; the tables go there too', defaults.output)
    .option('--rebuild', 'make all tables again, regardless of what is in them now')
    .option('--json', 'print the summary as JSON');
}

/** @param args the command line behind the script's name */
export async function collateCommand(args: readonly string[]): Promise<void> {
  const options = commandLine()
    .parse([...args], { from: 'user' })
    .opts();
  const line = isInteractive(process.stderr) ? progress('collating logs') : null;
  const summary = await collateAll({
    output: options.output,
    rebuild: options.rebuild === true,
    onProgress: (done, total) => line?.update(done, total),
  }).finally(() => line?.end());
  if (options.json === true) printJson(summary);
  else print(summaryText(summary));
}

if (isMain(import.meta.url)) await run(() => collateCommand(process.argv.slice(2)));
