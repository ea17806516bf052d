/** The summary as lines for a terminal. */
import { pathToFileURL } from 'node:url';
import { paint } from '../../scripts/command-line/terminal.ts';
import type { PlotSummary } from './summary.ts';

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
