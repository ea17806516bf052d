/** What servers answer under load: tokens, requests, and the requests that keep their limits. */
import type { Column } from '../../collate/tables/columns/column.ts';
import { type LoadRow, loadColumns } from '../../collate/tables/columns/load.ts';
import { significant } from '../../scripts/command-line/format.ts';
import { type LoadSeries, loadWords, stepMean } from '../data/load-series.ts';
import type { LinePanel } from '../panels/line-panel.ts';
import { lineScaleWords } from '../panels/line-scale.ts';
import {
  cellWidth,
  chosenSeries,
  lineOf,
  loadTitle,
  onlySeries,
  placeCells,
  placeColumns,
  scopeOfLoad,
  seriesName,
  seriesPanels,
} from '../panels/load-panels.ts';
import { frameworkColor } from '../render/palette.ts';
import type { Cell } from '../report/document.ts';
import { count, figure, right, withoutConstants, words } from '../report/table.ts';
import { type Chart, draw } from './chart.ts';

const question = 'How much does each server answer under load?';

export const loadThroughput: Chart = {
  name: 'load_throughput',
  question,
  applicable: ({ loadSeries }) => (loadSeries.length > 0 ? draw : { kind: 'absent' }),
  title: (data) => {
    const only = onlySeries(data);
    const best = only === undefined ? undefined : peakOf(only);
    if (only === undefined || best === undefined) return question;
    return `At most ${significant(best.tokens)} tokens/s, with ${loadWords(only, best)}`;
  },
  subtitle: (data) => {
    const shown = chosenSeries(data);
    const limits = [...new Set(shown.map((series) => series.limits).filter((words) => words !== ''))];
    return [
      ...scopeOfLoad(data),
      ...lineScaleWords(linesOf(shown)),
      'Failed requests are in no figure; the table counts them by kind.',
      ...(limits.length === 0 ? [] : [`Hollow, dashed: goodput, answers with ${limits.join(' or ')}.`]),
      ...(shown.some(({ arrivals }) => arrivals !== 'closed')
        ? ['Grey: as many answered as come. What lies far below it has a queue that grows.']
        : []),
    ];
  },
  spec: (data) => seriesPanels(chosenSeries(data), linesOf(chosenSeries(data))),
  table: ({ loadSeries }) =>
    withoutConstants({
      kind: 'table',
      caption: 'What servers answered under load, a row a stage',
      columns: [
        ...placeColumns,
        right('Sent'),
        right('Failed'),
        right('Concurrency'),
        right('Throughput', 'tokens/s'),
        right('Answered', '1/s'),
        right('Goodput', '1/s'),
        right('Kept', '%'),
      ],
      rows: loadSeries.flatMap((series) =>
        series.steps.flatMap((step) =>
          step.rows.map((row) => [
            ...placeCells(series, step),
            count(row.sent ?? 0),
            failedCell(row),
            figure(row.concurrency),
            figure(row.tokens_per_s),
            figure(row.requests_per_s),
            figure(row.goodput_requests_per_s),
            figure(row.goodput_share === null ? null : row.goodput_share * 100),
          ]),
        ),
      ),
    }),
  alt: ({ loadSeries }) =>
    `Lines of throughput and of answered requests over the load. ${loadSeries
      .map((series) => {
        const best = peakOf(series);
        return `${seriesName(series)}: at most ${significant(best?.tokens ?? 0)} tokens/s, with ${best === undefined ? 'nothing' : loadWords(series, best)}.`;
      })
      .slice(0, 6)
      .join(' ')}`,
};

/** Two panels for each series. */
function linesOf(shown: readonly LoadSeries[]): LinePanel[][] {
  return shown.map((series) => {
    const color = frameworkColor(series.framework);
    const cell = { width: cellWidth, loads: series.steps.map(({ load }) => load), loadTitle: loadTitle(series) };
    return [
      {
        ...cell,
        column: 'tokens',
        title: 'Throughput (tokens/s)',
        lines: [lineOf(series, 'tokens_per_s', { color, style: 'main' })],
      },
      {
        ...cell,
        column: 'requests',
        title: series.limits === '' ? 'Answered (1/s)' : 'Answered, and goodput (1/s)',
        diagonal: series.arrivals !== 'closed',
        lines: [
          lineOf(series, 'requests_per_s', { color, style: 'main' }),
          ...(series.limits === '' ? [] : [lineOf(series, 'goodput_requests_per_s', { color, style: 'part' })]),
        ],
      },
    ];
  });
}

function peakOf(series: LoadSeries): { load: number; tokens: number } | undefined {
  return series.steps
    .map((step) => ({ load: step.load, tokens: stepMean(step, 'tokens_per_s') ?? 0 }))
    .sort((a, b) => b.tokens - a.tokens)[0];
}

const failureColumns: readonly Column[] = loadColumns.filter(({ name }) => name.startsWith('failed_'));

function failedCell(row: LoadRow): Cell {
  const cells = new Map<string, LoadRow[keyof LoadRow]>(Object.entries(row));
  const kinds = failureColumns.flatMap(({ name, title }) => {
    const failed = cells.get(name);
    return typeof failed === 'number' && failed > 0 ? [{ failed, text: `${failed} ${title.toLowerCase()}` }] : [];
  });
  if (kinds.length === 0) return count(0);
  return {
    ...words(kinds.map(({ text }) => text).join(', ')),
    value: kinds.reduce((sum, { failed }) => sum + failed, 0),
  };
}
