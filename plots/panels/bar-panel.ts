/**
 * Horizontal bars of one figure: the geometric mean over runs from zero with its value printed, its 95 % interval as a line, and
 * the single runs as points beneath, outliers among them as crosses. Results that are not ranked are hollow, and so are the
 * points of runs that failed their quality checks.
 */
import { significant } from '../../scripts/command-line/format.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { axisTitle, boundBefore, type Metric, outlierValues, samplesOf, summaryOf } from '../data/metric.ts';
import { textWidth } from '../render/text-width.ts';
import { fontSize, ink, paper } from '../render/theme.ts';
import { endWithRoom, literal, type PanelSpec, quantitative } from './panel.ts';
import {
  absentLayer,
  type RowLabels,
  type RowLooks,
  rowAxis,
  rowField,
  rowHeights,
  rowsLayer,
  textBehind,
  unlabelledAxis,
} from './rows.ts';

export interface BarRow extends RowLooks {
  readonly name: string;
  readonly runs: readonly RunRow[];
}

export interface BarPanel {
  readonly metric: Metric;
  readonly rows: readonly BarRow[];
  readonly labels: RowLabels;
  /** The first cell of a panel has the labels. */
  readonly isFirst: boolean;
  /** Pixels of the plotting area. */
  readonly width: number;
  /** Smaller rows, where there are many columns. */
  readonly isCompact: boolean;
}

/** A cross that lies on its side, as an SVG path in a square of 2. */
const saltire = 'M-0.7,-0.7L0.7,0.7M-0.7,0.7L0.7,-0.7';

export function barPanel(panel: BarPanel, end: number): PanelSpec {
  const { metric, labels, rows, width, isFirst, isCompact } = panel;
  const [bars, points] = [barsOf(panel), pointsOf(panel)];
  const absent = inRows(panel, ({ runs }) => (samplesOf(runs, metric).length === 0 ? [{ text: 'no figure' }] : []));
  const outliers = inRows(panel, ({ runs }) =>
    isOfFile(metric) ? [] : outlierValues(runs, metric).map((value) => ({ value })),
  );
  const severalRuns = rows.some(({ runs }) => runs.length > 1);
  const [height, rowHeight] = isCompact ? [11, 25] : [14, 32];
  const lift = severalRuns ? -4 : 0;
  const beneath = lift + height / 2 + 4.5;
  const [y, x] = [rowField, quantitative('value')];
  return {
    width,
    height: rowHeights(labels, severalRuns ? rowHeight : 24),
    layer: [
      rowsLayer(labels, isFirst ? rowAxis(labels, lift) : unlabelledAxis),
      {
        data: { values: bars },
        mark: { type: 'bar', height, yOffset: lift, strokeWidth: 1 },
        encoding: {
          y,
          x: {
            ...x,
            scale: { domain: [0, end], nice: false, zero: true },
            axis: { title: wrappedTitle(metric, width), tickCount: Math.max(2, Math.round(width / 60)) },
          },
          fill: literal('fill'),
          stroke: literal('stroke'),
          strokeDash: literal('dash'),
        },
      },
      {
        data: { values: bars.filter(({ low }) => low !== undefined) },
        mark: { type: 'rule', yOffset: lift, y2Offset: lift, strokeWidth: 1.5, color: ink },
        encoding: { y, x: quantitative('low'), x2: { field: 'high' } },
      },
      {
        data: { values: points },
        mark: { type: 'point', yOffset: beneath, size: 16, stroke: ink, strokeWidth: 0.8, opacity: 0.55 },
        encoding: { y, x, fill: literal('fill') },
      },
      {
        data: { values: outliers },
        mark: { type: 'point', shape: saltire, yOffset: beneath, size: 70, color: ink, strokeWidth: 1.5 },
        encoding: { y, x },
      },
      { data: { values: bars }, ...textBehind({ dx: 5, yOffset: lift, fontWeight: 600 }) },
      absentLayer(absent),
    ],
  };
}

/** Marks with the rows that they stand in. */
function inRows<T extends object>({ rows, labels }: BarPanel, marksOf: (row: BarRow) => readonly T[]) {
  return rows.flatMap((row, i) => marksOf(row).map((mark) => ({ row: labels.labels[i], ...mark })));
}

function barsOf(panel: BarPanel) {
  const { metric } = panel;
  return inRows(panel, ({ runs, color, ranked }) => {
    const summary = summaryOf(runs, metric);
    if (summary === null) return [];
    const { center, interval } = summary;
    return [
      {
        value: center,
        low: interval?.low,
        high: interval?.high,
        end: Math.max(center, interval?.high ?? 0),
        text: `${boundBefore(runs, metric)}${significant(center)}`,
        fill: ranked ? color : paper,
        stroke: color,
        dash: ranked ? [1, 0] : [4, 3],
      },
    ];
  });
}

function pointsOf(panel: BarPanel) {
  const { metric } = panel;
  const fillOf = (run: RunRow) => (run.certificate === 'failed' ? paper : ink);
  return inRows(panel, ({ runs }) =>
    runs.length < 2 || isOfFile(metric)
      ? []
      : runs.flatMap((run) => samplesOf([run], metric).map((value) => ({ value, fill: fillOf(run) }))),
  );
}

/** The same in every run: its points would lie on each other. */
const isOfFile = ({ name }: Metric) => name === 'model_bytes';

/** Where the axis has to end so that the value printed behind the longest bar is inside the panel. */
export function axisEnd(panel: BarPanel): number {
  const texts = barsOf(panel).map(({ end, text }) => ({ end, text, width: panel.width }));
  const behindBars = endWithRoom(texts, { start: 0, logarithmic: false, gap: 10 });
  const end = Math.max(0, behindBars, ...pointsOf(panel).map(({ value }) => value * 1.02));
  return end > 0 ? end : 1;
}

function wrappedTitle(metric: Metric, width: number): string[] {
  const whole = axisTitle(metric);
  return textWidth(whole, fontSize) <= width || metric.unit === '' ? [whole] : [metric.title, `(${metric.unit})`];
}
