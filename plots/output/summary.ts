/** What was drawn, where it lies, and what there was nothing to draw of. */
import { pathToFileURL } from 'node:url';
import { paint } from '../../scripts/command-line/terminal.ts';
import { mainGroup } from '../charts/scope.ts';
import type { PlotData } from '../data/plot-data.ts';
import type { ReportDocument } from '../report/document.ts';
import { leadingAnswer } from '../report/sections/opening.ts';
import { type Format, type Plots, picturePath, reportPath } from './files.ts';

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

export function summaryOf({ data, drawings, report }: Plots, output: string, formats: readonly Format[]): PlotSummary {
  const reports = (['md', 'html', 'pdf', 'json'] as const).filter((format) => formats.includes(format));
  const pictures = (['svg', 'png'] as const).filter((format) => formats.includes(format));
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
    answer: answerOf(report),
    figures: figuresOf(data),
  };
}

function answerOf({ sections }: ReportDocument): string {
  const blocks = sections.flatMap((section) => section.blocks);
  const found = blocks.find((block) => block.kind === 'paragraph' && block.role === 'answer');
  return found?.kind === 'paragraph' ? found.text : '';
}

function figuresOf({ groups }: PlotData): string {
  const main = mainGroup(groups);
  return main === undefined ? '' : leadingAnswer(groups, main).figures;
}

/** As lines for a terminal. */
export function summaryText({ runs, completed, charts, report, answer }: PlotSummary): string {
  const width = Math.max(...charts.map((chart) => chart.name.length));
  const drawn = charts.map((chart) => {
    const name = chart.name.padEnd(width);
    if (chart.drawn) return `${paint('green', '✓')} ${name}  ${chart.says}`;
    const next = chart.command === undefined ? [] : [`  ${' '.repeat(width)}  ${paint('dim', chart.command)}`];
    return [`${paint('yellow', '–')} ${name}  ${chart.says}`, ...next].join('\n');
  });
  const pictures = charts.flatMap((chart) => chart.files).length;
  return [
    `${runs} ${runs === 1 ? 'run' : 'runs'} read, ${completed} completed.`,
    '',
    ...drawn,
    '',
    ...(pictures > 0 ? [`${pictures} pictures in ${charts[0]?.files[0]?.replace(/[^/\\]+$/, '')}`, ''] : []),
    paint('bold', answer),
    '',
    ...reportLines(report),
  ].join('\n');
}

/** One to open; the others lie beside it. */
function reportLines(report: PlotSummary['report']): string[] {
  const { html, pdf, md, json } = report;
  const first = html ?? pdf ?? md ?? json;
  return first === undefined ? [] : [`Report: ${pathToFileURL(first).href}`];
}
