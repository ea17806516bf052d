/** A chart of load tests: a panel for each server and kind of arrivals, with two figures over the load. */
import type { LoadRow } from '../../scripts/workloads/load/tables.ts';
import { modelName } from '../data/groups.ts';
import { type LoadSeries, type LoadStep, loadWords, stepMean } from '../data/load-series.ts';
import { lineStack, lineWidth } from '../panels/line-panel.ts';
import { type Line, type LinePanel, lineScaleLines } from '../panels/line-scale.ts';
import { singleRunLines } from '../panels/marks.ts';
import { frameworkColor } from '../render/theme.ts';
import { type Field, left, tableOf, withoutConstants } from '../report/table.ts';
import { altText, type Chart, type Question } from './chart.ts';
import { moreLines } from './scope.ts';
import { page, type Sheet } from './sheet.ts';

/** Two axes need the whole width. */
const mostSeries = 6;

type Series = readonly LoadSeries[];

interface LoadChart extends Question {
  /** Whether any stage has the figures. */
  readonly isMeasured: (all: Series) => boolean;
  /** Null where a single series does not answer the question. */
  readonly title: (only: LoadSeries) => string | null;
  readonly panelsOf: (
    series: LoadSeries,
    all: Series,
  ) => ReadonlyArray<Omit<LinePanel, 'width' | 'loads' | 'loadTitle'>>;
  /** What the figures and marks mean. */
  readonly legend: (all: Series) => readonly string[];
  readonly notes: (shown: Series) => readonly string[];
  readonly caption: string;
  readonly fields: (all: Series) => ReadonlyArray<Field<{ readonly row: LoadRow }>>;
  readonly kind: string;
  readonly inWords: (series: LoadSeries) => string;
}

export function loadChart({ name, question, isMeasured, ...chart }: LoadChart): Chart {
  return {
    name,
    question,
    draw({ loadSeries: all }, sheet = page) {
      const [only, ...others] = all;
      if (only === undefined || !isMeasured(all)) return null;
      const runs = Math.max(...all.flatMap(({ steps }) => steps.map(({ rows }) => rows.length)));
      // Those with most stages, in their own order.
      const kept = all.toSorted((a, b) => b.steps.length - a.steps.length).slice(0, Math.min(mostSeries, sheet.panels));
      const shown = all.filter((series) => kept.includes(series));
      const stack = shown.map((series) => ({
        title: seriesName(series),
        cells: chart.panelsOf(series, all).map((panel) => ({ ...panel, ...overLoads(series, sheet) })),
      }));
      const stages = all.flatMap((series) =>
        series.steps.flatMap((step) => step.rows.map((row) => ({ series, step, row }))),
      );
      return {
        kind: 'picture',
        title: others.length > 0 ? null : chart.title(only),
        subtitle: [
          others.length > 0
            ? 'One panel for each server, host, model and kind of arrivals; none are pooled.'
            : `${seriesName(only)} · ${runs === 1 ? 'one run' : `up to ${runs} runs a load`}`,
          ...moreLines(all.length - shown.length),
          ...singleRunLines(runs),
          ...chart.legend(all),
          ...lineScaleLines(stack.flatMap(({ cells }) => cells)),
          ...chart.notes(shown),
        ],
        spec: lineStack(stack),
        table: withoutConstants(
          tableOf(chart.caption, stages, [
            [left('Host'), ({ series }) => series.hostname],
            [left('Model'), ({ series }) => modelName(series)],
            [left('Weight class'), ({ series }) => series.weightClass],
            [left('Server'), ({ series }) => series.server],
            [left('Load'), ({ series, step }) => loadWords(series, step)],
            ...chart.fields(all),
          ]),
        ),
        alt: altText(
          chart.kind,
          all.map((series) => `${seriesName(series)}: ${chart.inWords(series)}.`),
        ),
      };
    },
  };
}

function overLoads(
  { arrivals, steps }: LoadSeries,
  { width }: Sheet,
): Pick<LinePanel, 'width' | 'loads' | 'loadTitle'> {
  return {
    width: lineWidth(2, width),
    loads: steps.map(({ load }) => load),
    loadTitle: arrivals === 'closed' ? 'Clients at a time (logarithmic)' : 'Arriving requests (1/s, logarithmic)',
  };
}

export function seriesName(series: LoadSeries): string {
  const arrivals = { closed: '', constant: 'by the clock', poisson: 'by chance (Poisson)' }[series.arrivals];
  return [series.server, series.hostname, modelName(series), series.weightClass, arrivals]
    .filter((part) => part !== '')
    .join(' · ');
}

/** @param isDoubted whether a stage is drawn hollow */
export function lineOf(
  { framework, steps }: LoadSeries,
  figure: Parameters<typeof stepMean>[1],
  style: Line['style'],
  isDoubted: (step: LoadStep) => boolean = () => false,
): Line {
  return {
    color: frameworkColor(framework),
    style,
    points: steps.flatMap((step) => {
      const y = stepMean(step, figure);
      return y === null ? [] : { x: step.load, y, hollow: isDoubted(step) };
    }),
    singles: steps.flatMap(({ load, rows }) =>
      rows.length < 2 ? [] : rows.flatMap((row) => (row[figure] === null ? [] : { x: load, y: row[figure] })),
    ),
  };
}
