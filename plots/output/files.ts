/** Every file that is asked for, complete in memory: nothing is written before all of it could be made. */

import { charts } from '../charts/registry.ts';
import type { PlotData } from '../data/plot-data.ts';
import { drawChart } from '../render/compose.ts';
import { renderPng } from '../render/png.ts';
import { portableSvg } from '../render/portable-svg.ts';
import { buildReport } from '../report/build.ts';
import type { Figure } from '../report/document.ts';
import { renderHtml } from '../report/html.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { renderPdf } from '../report/pdf.ts';
import type { ReportFile } from '../report/report-file.ts';
import { resultsOf } from '../report/results.ts';
import type { Format } from './format.ts';
import { pictureLink, picturePath, reportPath } from './paths.ts';
import type { OutputFile } from './write-files.ts';

export async function outputFiles(data: PlotData, output: string, formats: readonly Format[]): Promise<OutputFile[]> {
  const wanted = (format: Format) => formats.includes(format);
  const pictures = new Map<string, string>();
  const figures = new Map<string, Figure['files']>();
  const files: OutputFile[] = [];
  for (const chart of charts) {
    const picture = await drawChart(chart, data);
    if (picture === null) continue;
    const { svg } = picture;
    pictures.set(chart.name, svg);
    figures.set(chart.name, {
      ...(wanted('svg') ? { svg: pictureLink(chart.name, 'svg') } : {}),
      ...(wanted('png') ? { png: pictureLink(chart.name, 'png') } : {}),
    });
    if (wanted('svg')) {
      files.push({ path: picturePath(output, chart.name, 'svg'), content: await portableSvg(svg, picture.data) });
    }
    if (wanted('png')) files.push({ path: picturePath(output, chart.name, 'png'), content: renderPng(svg) });
  }
  const document = buildReport({ data, figures });
  if (wanted('json')) {
    const file: ReportFile = { ...document, results: resultsOf(data) };
    files.push({ path: reportPath(output, 'json'), content: `${JSON.stringify(file, null, 1)}\n` });
  }
  if (wanted('md')) files.push({ path: reportPath(output, 'md'), content: renderMarkdown(document) });
  if (wanted('html')) files.push({ path: reportPath(output, 'html'), content: await renderHtml(document, pictures) });
  if (wanted('pdf')) files.push({ path: reportPath(output, 'pdf'), content: renderPdf(document, pictures) });
  return files;
}

/** Pictures of charts that the data no longer have: left there, they would pass for pictures of these data. */
export function obsoleteFiles(data: PlotData, output: string): string[] {
  return charts
    .filter((chart) => chart.applicable(data).kind === 'absent')
    .flatMap(({ name }) => (['svg', 'png'] as const).map((format) => picturePath(output, name, format)));
}
