/**
 * Draws the charts and writes the report, from the tables that collate/ made. Reads <output>/runs.csv and
 * <output>/<framework>.csv; writes <output>/plots/<chart>.svg and .png, and <output>/report/report.md, .html, .pdf, .json.
 *
 *   npx tsx plots/generate.ts
 *   npx tsx plots/generate.ts --output results --format svg,html
 */

import { requireWithin } from '../scripts/command-line/files/folders.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { print, printJson } from '../scripts/command-line/terminal.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import { drawAll } from './charts/registry.ts';
import { readPlotData } from './data/read-plot-data.ts';
import {
  formats as allFormats,
  type Format,
  formatList,
  obsoleteFiles,
  outputFiles,
  pictureLinks,
  removeFiles,
  writeFiles,
} from './output/files.ts';
import { type PlotSummary, summaryOf, summaryText } from './output/summary.ts';
import { buildReport } from './report/build.ts';

export interface GenerateRequest {
  /** Folder with the tables in it. */
  output: string;
  /** All of them when undefined. */
  formats?: readonly Format[];
}

/** The same tables give the same bytes. */
export async function generatePlots({ output, formats = allFormats }: GenerateRequest): Promise<PlotSummary> {
  const data = await readPlotData(output);
  requireWithin(output, ['plots', 'report']);
  const drawings = drawAll(data);
  const report = buildReport({ data, drawings, figures: pictureLinks(drawings, formats) });
  const plots = { data, drawings, report };
  await writeFiles(await outputFiles(plots, output, formats));
  await removeFiles(obsoleteFiles(drawings, output));
  return summaryOf(plots, output, formats);
}

async function main(): Promise<void> {
  const command = program('generate', 'Draw the charts and write the report.', [
    ['npx tsx plots/generate.ts', 'everything, from benchmark_output'],
    ['npx tsx plots/generate.ts --format svg,html', 'vector pictures and the HTML report only'],
  ])
    .option('--output <dir>', 'folder with the tables; pictures and report go there too', defaults.output)
    .option('--format <list>', `which files: ${allFormats.join(', ')}`, formatList, [...allFormats])
    .option('--json', 'print what was written as JSON')
    .parse();
  const { output, format, json } = command.opts();
  const summary = await generatePlots({ output, formats: format });
  if (json === true) printJson(summary);
  else print(summaryText(summary));
}

if (isMain(import.meta.url)) await run(main);
