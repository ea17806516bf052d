/**
 * Makes slides of the results: what to use, by how much, how sure, and what it means, one message a page. Reads the tables in
 * <output>; writes <output>/presentation/presentation.pdf, presentation.typ and the pictures beside it.
 *
 *   npx tsx plots/presentation.ts
 *   npx tsx plots/presentation.ts --output results --json
 */
import { pathToFileURL } from 'node:url';
import { counted } from '../scripts/command-line/format.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { paint, print, printJson } from '../scripts/command-line/terminal.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import type { DeckSummary } from './slides/write-deck.ts';

async function main(): Promise<void> {
  const command = program('presentation', 'Make slides of the results, one message a page.', [
    ['npx tsx plots/presentation.ts', 'slides of everything in benchmark_output'],
    ['npx tsx plots/presentation.ts --output results --json', 'of another folder; what each says, as JSON'],
  ])
    .option('--output <dir>', 'folder with the tables; the slides go there too', defaults.output)
    .option('--redraw', 'draw every picture again, also where no table has changed since')
    .option('--json', 'print what was written as JSON')
    .parse();
  const { output, redraw = false, json } = command.opts();
  const { writeDeck } = await import('./slides/write-deck.ts');
  const summary = await writeDeck({ output, anew: redraw });
  if (json === true) printJson(summary);
  else print(summaryText(summary));
}

function summaryText({ slides, pdf }: DeckSummary): string {
  const width = Math.max(...slides.map(({ name }) => name.length));
  return [
    ...slides.map(({ name, message }) => `${name.padEnd(width)}  ${message}`),
    '',
    `${paint('bold', counted(slides.length, 'slides'))}: ${pathToFileURL(pdf).href}`,
  ].join('\n');
}

if (isMain(import.meta.url)) await run(main);
