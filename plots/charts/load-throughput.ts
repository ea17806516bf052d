/** What servers answer under load: tokens, requests, and the requests that keep their limits. */
import { significant } from '../../scripts/command-line/format.ts';
import type { ColumnFacts } from '../../scripts/results/table.ts';
import { type LoadRow, loadTable } from '../../scripts/workloads/load/tables.ts';
import { type LoadSeries, loadWords, stepMean } from '../data/load-series.ts';
import { type LinePanel, lineScaleWords } from '../panels/line-scale.ts';
import { frameworkColor } from '../render/theme.ts';
import type { Cell, Table } from '../report/document.ts';
import { count, figure, right, withoutConstants, words } from '../report/table.ts';
import {
  chooseSeries,
  lineOf,
  loadPanel,
  loadStack,
  placeCells,
  placeColumns,
  scopeOfLoad,
  seriesName,
} from './captions/load.ts';
import type { Chart } from './chart.ts';

export const loadThroughput: Chart = {
  name: 'load_throughput',
  question: 'How much does each server answer under load?',
  draw({ loadSeries: all }) {
    const [only, ...others] = all;
    if (only === undefined) return null;
    const shown = chooseSeries(all);
    const panels = shown.map(panelsOf);
    const limits = [...new Set(shown.map((series) => series.limits).filter((words) => words !== ''))];
    return {
      kind: 'picture',
      title: others.length > 0 ? null : peakWords(only),
      subtitle: [
        ...scopeOfLoad(all, shown),
        ...lineScaleWords(panels),
        'Failed requests are in no figure; the table counts them by kind.',
        ...(limits.length === 0 ? [] : [`Hollow, dashed: goodput, answers with ${limits.join(' or ')}.`]),
        ...(shown.some(({ arrivals }) => arrivals !== 'closed')
          ? ['Grey: as many answered as arrive. Far below it, the queue grows.']
          : []),
      ],
      spec: loadStack(shown, panels),
      table: tableOf(all),
      alt: `Lines of throughput and of answered requests over the load. ${all.map(inWords).slice(0, 6).join(' ')}`,
    };
  },
};

function panelsOf(series: LoadSeries): LinePanel[] {
  const color = frameworkColor(series.framework);
  return [
    {
      ...loadPanel(series),
      column: 'tokens',
      title: 'Throughput (tokens/s)',
      lines: [lineOf(series, 'tokens_per_s', { color, style: 'main' })],
    },
    {
      ...loadPanel(series),
      column: 'requests',
      title: series.limits === '' ? 'Answered (1/s)' : 'Answered, and goodput (1/s)',
      diagonal: series.arrivals !== 'closed',
      lines: [
        lineOf(series, 'requests_per_s', { color, style: 'main' }),
        ...(series.limits === '' ? [] : [lineOf(series, 'goodput_requests_per_s', { color, style: 'part' })]),
      ],
    },
  ];
}

function tableOf(all: readonly LoadSeries[]): Table {
  return withoutConstants({
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
    rows: all.flatMap((series) =>
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
  });
}

/** Null where no stage was measured. */
function peakWords(series: LoadSeries): string | null {
  const [best] = series.steps
    .map((step) => ({ load: step.load, tokens: stepMean(step, 'tokens_per_s') ?? 0 }))
    .sort((a, b) => b.tokens - a.tokens);
  return best === undefined ? null : `At most ${significant(best.tokens)} tokens/s, with ${loadWords(series, best)}`;
}

function inWords(series: LoadSeries): string {
  const peak = peakWords(series);
  return `${seriesName(series)}: ${peak === null ? 'no stage' : peak.replace('At', 'at')}.`;
}

const failureColumns: readonly ColumnFacts[] = loadTable.columns.filter(({ name }) => name.startsWith('failed_'));

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
