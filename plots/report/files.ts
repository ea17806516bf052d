/** Every file that is asked for, complete in memory: nothing is written before all of it could be made. */
import { join } from 'node:path';
import { exitCodes, UserError } from '../../scripts/command-line/errors.ts';
import { commaList, withSuggestion } from '../../scripts/command-line/options.ts';
import type { Drawings } from '../charts/registry.ts';
import type { PlotData } from '../data/plot-data.ts';
import { compose } from '../render/compose.ts';
import { portableSvg, renderPng } from '../render/svg.ts';
import type { Figure, ReportDocument } from './document.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { renderPdf } from './pdf.ts';
import type { ReportFile } from './report-file.ts';
import { resultsOf } from './results.ts';
import type { OutputFile } from './write-files.ts';

export const picturePath = (output: string, name: string, format: 'svg' | 'png') =>
  join(output, 'plots', `${name}.${format}`);

export const reportPath = (output: string, format: 'md' | 'html' | 'pdf' | 'json') =>
  join(output, 'report', `report.${format}`);

/** Everything that the data come to, each part made once. */
export interface Plots {
  readonly data: PlotData;
  readonly drawings: Drawings;
  readonly report: ReportDocument;
}

/** Where the report finds the pictures, seen from its folder. */
export function pictureLinks(drawings: Drawings, formats: readonly Format[]): Map<string, Figure['files']> {
  const links = new Map<string, Figure['files']>();
  for (const [name, drawing] of drawings) {
    if (drawing === null) continue;
    links.set(name, {
      ...(formats.includes('svg') ? { svg: `../plots/${name}.svg` } : {}),
      ...(formats.includes('png') ? { png: `../plots/${name}.png` } : {}),
    });
  }
  return links;
}

export async function outputFiles(
  { data, drawings, report }: Plots,
  output: string,
  formats: readonly Format[],
): Promise<OutputFile[]> {
  const wanted = (format: Format) => formats.includes(format);
  const pictures = new Map<string, string>();
  const files: OutputFile[] = [];
  for (const [name, drawing] of drawings) {
    if (drawing === null) continue;
    const picture = await compose(drawing);
    const { svg } = picture;
    pictures.set(name, svg);
    if (wanted('svg')) {
      files.push({ path: picturePath(output, name, 'svg'), content: await portableSvg(svg, picture.data) });
    }
    if (wanted('png')) files.push({ path: picturePath(output, name, 'png'), content: renderPng(svg) });
  }
  if (wanted('json')) {
    const file: ReportFile = { ...report, results: resultsOf(data) };
    files.push({ path: reportPath(output, 'json'), content: `${JSON.stringify(file, null, 1)}\n` });
  }
  if (wanted('md')) files.push({ path: reportPath(output, 'md'), content: renderMarkdown(report) });
  if (wanted('html')) files.push({ path: reportPath(output, 'html'), content: await renderHtml(report, pictures) });
  if (wanted('pdf')) files.push({ path: reportPath(output, 'pdf'), content: renderPdf(report, pictures) });
  return files;
}

/** Pictures of charts that the data no longer have: left there, they would pass for pictures of these data. */
export function obsoleteFiles(drawings: Drawings, output: string): string[] {
  return [...drawings]
    .filter(([, drawing]) => drawing === null)
    .flatMap(([name]) => (['svg', 'png'] as const).map((format) => picturePath(output, name, format)));
}

export const formats = ['svg', 'png', 'md', 'html', 'pdf', 'json'] as const;
export type Format = (typeof formats)[number];

export function formatList(text: string): Format[] {
  return commaList(text).map((name) => {
    const format = formats.find((candidate) => candidate === name.toLowerCase());
    if (format === undefined)
      throw new UserError(withSuggestion(`there is no format "${name}"`, name, formats), {
        exitCode: exitCodes.usage,
        remedy: `Formats: ${formats.join(', ')}.`,
      });
    return format;
  });
}
