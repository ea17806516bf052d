/**
 * Makes the dashboard: one HTML file with every run in it, to filter, compare and export, without a server or a network.
 *
 * Reads   the tables in <output>
 * Writes  <output>/dashboard.html
 *
 *     npx tsx plots/dashboard.ts --open
 *     npx tsx plots/dashboard.ts --output results --watch
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireWithin } from '../scripts/command-line/files/folders.ts';
import { bytes, counted } from '../scripts/command-line/format.ts';
import { wholeNumber } from '../scripts/command-line/options.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { print, printJson, say } from '../scripts/command-line/terminal.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import { buildDashboard } from './dashboard/build.ts';
import { openInBrowser } from './dashboard/open-in-browser.ts';
import { watchResults } from './dashboard/watch.ts';
import { writeFiles } from './report/write-files.ts';

async function main(): Promise<void> {
  const command = program('dashboard', 'Make the dashboard: one HTML file with every run in it.', [
    ['npx tsx plots/dashboard.ts --open', 'makes it from the tables in benchmark_output, and shows it'],
    ['npx tsx plots/dashboard.ts --output results --watch', 'serves it to this machine and shows runs as they come in'],
  ])
    .option('--output <dir>', 'folder with the tables; the page goes there too', defaults.output)
    .option('--open', 'show it in the browser of this system')
    .option('--watch', 'collate what comes in, and serve the page on the loopback interface until Ctrl-C')
    .option('--port <number>', 'of --watch; a free one where it is 0', wholeNumber(0, 65_535), 0)
    .option('--json', 'print what was written as JSON')
    .parse();
  const { output, open, watch, port, json } = command.opts();
  if (watch === true) {
    const { url, ended } = await watchResults(output, port);
    say(`Dashboard: ${url} (Ctrl-C ends it)`);
    if (open === true) openInBrowser(url);
    return ended;
  }
  const { html, ...facts } = await buildDashboard(output);
  const file = join(output, 'dashboard.html');
  requireWithin(output, ['dashboard.html']);
  await writeFiles([{ path: file, content: html }]);
  if (open === true) openInBrowser(pathToFileURL(file).href);
  const summary = { file, bytes: html.length, ...facts };
  if (json === true) printJson(summary);
  else print(summaryText(summary));
}

interface Summary {
  file: string;
  bytes: number;
  runs: number;
  tokens: number;
  answersPerRun: number | null;
}

function summaryText({ file, bytes: size, runs, tokens, answersPerRun }: Summary): string {
  return [
    `${counted(runs, 'runs')} and ${counted(tokens, 'tokens')} in ${bytes(size)}.`,
    ...(answersPerRun === null
      ? []
      : [`The file would have grown too large: it has the tokens of the first ${answersPerRun} answers of each run.`]),
    `Dashboard: ${pathToFileURL(file).href}`,
  ].join('\n');
}

if (isMain(import.meta.url)) await run(main);
