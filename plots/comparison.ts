/**
 * Draws a comparison that was kept as JSON: the ratio of every figure with its interval.
 *
 * Reads   what `collate/compare.ts --json` printed
 * Writes  one picture, SVG or PNG
 *
 *     npx tsx plots/comparison.ts comparison.json comparison.svg
 *     npx tsx plots/comparison.ts comparison.json comparison.png --json
 */
import { text } from 'node:stream/consumers';
import type { ComparisonReport } from '../collate/comparing/comparison.ts';
import { comparisonIn, readComparison } from '../collate/comparing/comparison-file.ts';
import { exitCodes, UserError, usageError } from '../scripts/command-line/errors.ts';
import { printableTexts } from '../scripts/command-line/printable-text.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { print, printJson } from '../scripts/command-line/terminal.ts';
import { drawingOf } from './charts/chart.ts';
import { comparison as chart } from './charts/comparison.ts';
import { plotData } from './data/plot-data.ts';
import { compose } from './render/compose.ts';
import { portableSvg, renderPng } from './render/svg.ts';
import { writeFiles } from './report/write-files.ts';

async function main(): Promise<void> {
  const command = program('comparison', 'Draw a comparison that was kept as JSON.', [
    ['npx tsx plots/comparison.ts comparison.json comparison.svg', 'a picture of it'],
    ['npx tsx collate/compare.ts before after --json | npx tsx plots/comparison.ts - comparison.png', 'without a file'],
  ])
    .argument('<json>', 'the JSON; - for standard input')
    .argument('<picture>', 'file to write: .svg or .png')
    .option('--json', 'print what was drawn as JSON')
    .parse();
  const [source, path] = command.processedArgs;
  const format = formatOf(path);
  const report = source === '-' ? comparisonIn(await text(process.stdin), 'standard input') : readComparison(source);
  const { svg, data, says } = await pictureOf(report);
  await writeFiles([{ path, content: format === 'svg' ? await portableSvg(svg, data) : renderPng(svg) }]);
  if (command.opts().json === true) printJson({ file: path, says });
  else print(`${says}: ${path}`);
}

/** @throws UserError for a file of another kind */
function formatOf(path: string): 'svg' | 'png' {
  const format = /\.(svg|png)$/i.exec(path)?.[1]?.toLowerCase();
  if (format === 'svg' || format === 'png') return format;
  throw usageError(`${path} is no picture that can be written`, 'Name a file that ends in .svg or .png.');
}

async function pictureOf(report: ComparisonReport): Promise<{ svg: string; data: string; says: string }> {
  const drawing = drawingOf(chart, plotData([], { comparison: printableTexts(report) }));
  if (drawing?.kind === 'picture') return { ...(await compose(drawing)), says: drawing.title };
  throw new UserError('there is nothing to draw: the sides have no cell in common', { exitCode: exitCodes.missing });
}

if (isMain(import.meta.url)) await run(main);
