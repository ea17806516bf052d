/**
 * Draws the charts and writes the report, from the tables that collate/ made. Reads <output>/runs.csv and
 * <output>/<framework>.csv; writes <output>/plots/<chart>.svg and .png, <output>/report/report.md, .html, .pdf, .json, and
 * the pictures of slides in <output>/presentation/.
 *
 *   npx tsx plots/generate.ts
 *   npx tsx plots/generate.ts --output results --format svg,html
 */
import { pathToFileURL } from 'node:url';
import { requireWithin } from '../scripts/command-line/files/folders.ts';
import { counted } from '../scripts/command-line/format.ts';
import { isMain, program, run } from '../scripts/command-line/program.ts';
import { paint, print, printJson } from '../scripts/command-line/terminal.ts';
import { defaults } from '../scripts/settings/defaults.ts';
import { drawAll } from './charts/registry.ts';
import { mainGroup } from './data/main-group.ts';
import { readPlotData } from './data/read-plot-data.ts';
import { buildReport } from './report/build.ts';
import {
  formats as allFormats,
  type Format,
  formatList,
  obsoleteFiles,
  outputFiles,
  type Plots,
  pictureLinks,
  picturePath,
  reportPath,
} from './report/files.ts';
import { leadingAnswer } from './report/sections/opening.ts';
import { removeFiles, writeFiles } from './report/write-files.ts';
import { deckFolder, slidePictures } from './slides/write-deck.ts';

export interface GenerateRequest {
  /** Folder with the tables in it. */
  output: string;
  /** All of them when undefined. */
  formats?: readonly Format[];
}

/** The same tables give the same bytes. */
export async function generatePlots({ output, formats = allFormats }: GenerateRequest): Promise<PlotSummary> {
  const data = await readPlotData(output);
  requireWithin(output, ['plots', 'report', deckFolder]);
  const drawings = drawAll(data);
  const report = buildReport({ data, drawings, figures: pictureLinks(drawings, formats) });
  const plots = { data, drawings, report };
  const pictures = formats.includes('svg') ? await slidePictures(data, output) : [];
  await writeFiles([...(await outputFiles(plots, output, formats)), ...pictures]);
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

/** What was drawn, where it lies, and what there was nothing to draw of. */
export interface PlotSummary {
  runs: number;
  completed: number;
  charts: ChartSummary[];
  report: Partial<Record<'md' | 'html' | 'pdf' | 'json', string>>;
  /** What the report's first page answers, in its words. */
  answer: string;
  /** The figures behind it; empty where there are none. */
  figures: string;
}

interface ChartSummary {
  name: string;
  /** False for a card that says why there is nothing to compare. */
  drawn: boolean;
  /** Title of the chart, or the sentence on the card. */
  says: string;
  /** Command that would fill a card. */
  command?: string;
  files: string[];
}

function summaryOf({ data, drawings, report }: Plots, output: string, formats: readonly Format[]): PlotSummary {
  const reports = (['md', 'html', 'pdf', 'json'] as const).filter((format) => formats.includes(format));
  const pictures = (['svg', 'png'] as const).filter((format) => formats.includes(format));
  const answered = report.sections.flatMap(({ blocks }) => blocks).filter((block) => block.kind === 'paragraph');
  const main = mainGroup(data.groups);
  return {
    runs: data.runs.length,
    completed: data.runs.filter((run) => run.status === 'completed').length,
    charts: [...drawings.values()].flatMap((drawing) => {
      if (drawing === null) return [];
      const { name } = drawing;
      const files = pictures.map((format) => picturePath(output, name, format));
      return drawing.kind === 'gap'
        ? { name, drawn: false, says: drawing.sentence, command: drawing.command, files }
        : { name, drawn: true, says: drawing.title, files };
    }),
    report: Object.fromEntries(reports.map((format) => [format, reportPath(output, format)])),
    answer: answered.find(({ role }) => role === 'answer')?.text ?? '',
    figures: main === undefined ? '' : leadingAnswer(data.groups, main).figures,
  };
}

/** As lines for a terminal. */
function summaryText({ runs, completed, charts, report, answer }: PlotSummary): string {
  // The others lie beside it.
  const toOpen = report.html ?? report.pdf ?? report.md ?? report.json;
  const width = Math.max(...charts.map((chart) => chart.name.length));
  const drawn = charts.map((chart) => {
    const name = chart.name.padEnd(width);
    if (chart.drawn) return `${paint('green', '✓')} ${name}  ${chart.says}`;
    const next = chart.command === undefined ? [] : [`  ${' '.repeat(width)}  ${paint('dim', chart.command)}`];
    return [`${paint('yellow', '–')} ${name}  ${chart.says}`, ...next].join('\n');
  });
  const pictures = charts.flatMap((chart) => chart.files).length;
  return [
    `${counted(runs, 'runs')} read, ${completed} completed.`,
    '',
    ...drawn,
    '',
    ...(pictures > 0 ? [`${pictures} pictures in ${charts[0]?.files[0]?.replace(/[^/\\]+$/, '')}`, ''] : []),
    paint('bold', answer),
    '',
    ...(toOpen === undefined ? [] : [`Report: ${pathToFileURL(toOpen).href}`]),
  ].join('\n');
}

if (isMain(import.meta.url)) await run(main);
