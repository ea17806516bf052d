/** What the two charts of load tests share: which series are shown, their names, and the panels of one of them. */
import type { LoadRow } from '../../collate/tables/columns/load.ts';
import type { ChartSpec } from '../charts/chart.ts';
import { modelName } from '../data/groups.ts';
import { type LoadSeries, type LoadStep, loadWords, stepMean } from '../data/load-series.ts';
import type { PlotData } from '../data/plot-data.ts';
import type { Cell, TableColumn } from '../report/document.ts';
import { left, words } from '../report/table.ts';
import { type Line, type LinePanel, lineAxisWidth, linePanel } from './line-panel.ts';
import { lineScales } from './line-scale.ts';
import { panelStack, panelWidth } from './stack.ts';

/** Two axes need the whole width. */
const mostSeries = 6;
const gap = 18;

const cellSpacing = lineAxisWidth + gap;
/** Two cells, each with its own axis on the left. */
export const cellWidth = (panelWidth(1) - 2 * lineAxisWidth - gap) / 2;

/** @param cells of each series, beside each other */
export function seriesPanels(shown: readonly LoadSeries[], cells: ReadonlyArray<readonly LinePanel[]>): ChartSpec {
  const scales = lineScales(cells);
  return panelStack(
    shown.map((series, i) => ({
      title: shown.length === 1 ? '' : seriesName(series),
      spacing: cellSpacing,
      cells: (cells[i] ?? []).flatMap((cell) => {
        const scale = scales.get(cell);
        return scale === undefined ? [] : linePanel(cell, scale);
      }),
    })),
  );
}

/** Those with most stages, in their own order. */
export function chosenSeries({ loadSeries }: PlotData): LoadSeries[] {
  const kept = new Set(loadSeries.toSorted((a, b) => b.steps.length - a.steps.length).slice(0, mostSeries));
  return loadSeries.filter((series) => kept.has(series));
}

/** The only one there is; undefined where there are several. */
export function onlySeries({ loadSeries }: PlotData): LoadSeries | undefined {
  return loadSeries.length === 1 ? loadSeries[0] : undefined;
}

export function seriesName(series: LoadSeries): string {
  const arrivals = { closed: '', constant: 'by the clock', poisson: 'by chance (Poisson)' }[series.arrivals];
  return [series.server, series.hostname, modelName(series), series.weightClass, arrivals]
    .filter((part) => part !== '')
    .join(' · ');
}

export function scopeOfLoad(data: PlotData): string[] {
  const { loadSeries } = data;
  const only = onlySeries(data);
  const runs = Math.max(...loadSeries.flatMap(({ steps }) => steps.map(({ rows }) => rows.length)));
  const more = loadSeries.length - chosenSeries(data).length;
  return [
    only === undefined
      ? 'One panel for each server, host, model and kind of arrivals; none are pooled.'
      : `${seriesName(only)} · ${runs === 1 ? 'one run' : `up to ${runs} runs a load`}`,
    ...(more > 0 ? [`${more} more ${more === 1 ? 'is' : 'are'} in the table of the report.`] : []),
    ...(runs > 1 ? ['Large marks: geometric mean over runs. Small ones: single runs.'] : []),
  ];
}

export function loadTitle({ arrivals }: LoadSeries): string {
  return arrivals === 'closed' ? 'Clients at a time (logarithmic)' : 'Requests that come (1/s, logarithmic)';
}

type Figure = Parameters<typeof stepMean>[1];

/** @param looks `doubted`: whether stages in which requests failed are hollow */
export function lineOf(
  series: LoadSeries,
  figure: Figure,
  { doubted = false, ...looks }: Pick<Line, 'color' | 'style'> & { doubted?: boolean },
): Line {
  return {
    ...looks,
    points: series.steps.flatMap((step) => {
      const y = stepMean(step, figure);
      return y === null ? [] : { x: step.load, y, hollow: doubted && failedTooOften(step) };
    }),
    singles: series.steps.flatMap(({ load, rows }) =>
      rows.length < 2 ? [] : rows.flatMap((row) => (row[figure] === null ? [] : { x: load, y: row[figure] })),
    ),
  };
}

const noticeablyFailed = 0.01;

/** Then what was answered is a choice of the quick ones. */
export function failedTooOften({ rows }: LoadStep): boolean {
  const sum = (pick: (row: LoadRow) => number | null) => rows.reduce((total, row) => total + (pick(row) ?? 0), 0);
  return sum((row) => row.sent) - sum((row) => row.completed) > noticeablyFailed * sum((row) => row.sent);
}

export const placeColumns: readonly TableColumn[] = [
  left('Host'),
  left('Model'),
  left('Weight class'),
  left('Server'),
  left('Load'),
];

export function placeCells(series: LoadSeries, step: LoadStep): Cell[] {
  return [
    words(series.hostname),
    words(modelName(series)),
    words(series.weightClass),
    words(series.server),
    words(loadWords(series, step)),
  ];
}
