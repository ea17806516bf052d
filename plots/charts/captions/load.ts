/** What the two charts of load tests share: which series are shown, their names and lines, and their columns of a table. */
import type { LoadRow } from '../../../scripts/workloads/load/tables.ts';
import { modelName } from '../../data/groups.ts';
import { type LoadSeries, type LoadStep, loadWords, stepMean } from '../../data/load-series.ts';
import { lineStack, lineWidth } from '../../panels/line-panel.ts';
import type { Line, LinePanel } from '../../panels/line-scale.ts';
import type { ChartSpec } from '../../panels/panel.ts';
import type { Cell, TableColumn } from '../../report/document.ts';
import { left, words } from '../../report/table.ts';
import { moreLines } from './scope.ts';

/** Two axes need the whole width. */
const mostSeries = 6;

/** Those with most stages, in their own order. */
export function chooseSeries(all: readonly LoadSeries[]): LoadSeries[] {
  const kept = new Set(all.toSorted((a, b) => b.steps.length - a.steps.length).slice(0, mostSeries));
  return all.filter((series) => kept.has(series));
}

export function loadStack(shown: readonly LoadSeries[], cells: ReadonlyArray<readonly LinePanel[]>): ChartSpec {
  return lineStack(shown.map((series, i) => ({ title: seriesName(series), cells: cells[i] ?? [] })));
}

/** A panel of a series, without its title and its lines. */
export function loadPanel(series: LoadSeries): Pick<LinePanel, 'width' | 'loads' | 'loadTitle'> {
  return {
    width: lineWidth(2),
    loads: series.steps.map(({ load }) => load),
    loadTitle:
      series.arrivals === 'closed' ? 'Clients at a time (logarithmic)' : 'Arriving requests (1/s, logarithmic)',
  };
}

export function seriesName(series: LoadSeries): string {
  const arrivals = { closed: '', constant: 'by the clock', poisson: 'by chance (Poisson)' }[series.arrivals];
  return [series.server, series.hostname, modelName(series), series.weightClass, arrivals]
    .filter((part) => part !== '')
    .join(' · ');
}

export function scopeOfLoad(all: readonly LoadSeries[], shown: readonly LoadSeries[]): string[] {
  const [only, ...others] = all;
  const runs = Math.max(...all.flatMap(({ steps }) => steps.map(({ rows }) => rows.length)));
  return [
    only === undefined || others.length > 0
      ? 'One panel for each server, host, model and kind of arrivals; none are pooled.'
      : `${seriesName(only)} · ${runs === 1 ? 'one run' : `up to ${runs} runs a load`}`,
    ...moreLines(all.length - shown.length),
    ...(runs > 1 ? ['Large marks: geometric mean over runs. Small ones: single runs.'] : []),
  ];
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
