/**
 * One panel of horizontal bars: the geometric mean over runs from zero with its value printed, its 95 % interval as a line, and the
 * single runs as points beneath, outliers among them as crosses. Results that are not ranked are hollow, and so are the
 * points of runs that failed their certificate.
 */
import { significant } from '../../scripts/command-line/format.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { axisTitle, boundBefore, type Metric, outlierValues, samplesOf, summaryOf } from '../data/metric.ts';
import { textWidth } from '../render/text-width.ts';
import { fontSize, ink, paper } from '../render/theme.ts';
import { endWithRoom, literal, type PanelSpec, printed, quantitative, shareScale } from './panel.ts';
import { absentLayer, type RowLabels, type RowLooks, rowAxis, rowField, rowsLayer, unlabelledAxis } from './rows.ts';

interface BarRow extends RowLooks {
  readonly runs: readonly RunRow[];
}

export interface BarPanel {
  readonly metric: Metric;
  readonly rows: readonly BarRow[];
  readonly labels: RowLabels;
  /** The first panel of a line has the labels. */
  readonly showLabels: boolean;
  /** Pixels of the plotting area. */
  readonly width: number;
  /** Of the axis, where panels share one. */
  readonly end?: number;
  /** False for figures that are the same in every run. */
  readonly points?: boolean;
  /** Smaller rows, where there are many panels. */
  readonly compact?: boolean;
}

/** A cross that lies on its side, as an SVG path in a square of 2. */
const saltire = 'M-0.7,-0.7L0.7,0.7M-0.7,0.7L0.7,-0.7';

const sizes = { normal: { bar: 14, row: 32 }, compact: { bar: 11, row: 25 } } as const;

export function barPanel(panel: BarPanel): PanelSpec {
  const { metric, labels, rows } = panel;
  const [bars, points] = [barsOf(panel), pointsOf(panel)];
  const absent = rows.flatMap((row, i) =>
    samplesOf(row.runs, metric).length === 0 ? { row: labels.labels[i], text: 'no figure' } : [],
  );
  const outliers = rows.flatMap((row, i) =>
    panel.points === false ? [] : outlierValues(row.runs, metric).map((value) => ({ row: labels.labels[i], value })),
  );
  const severalRuns = rows.some((row) => row.runs.length > 1);
  const { bar: barHeight, row } = sizes[panel.compact === true ? 'compact' : 'normal'];
  const lift = severalRuns ? -4 : 0;
  const beneath = lift + barHeight / 2 + 4.5;
  const [y, x] = [rowField, quantitative('value')];
  return {
    width: panel.width,
    height: { step: Math.max(labels.rowHeight, severalRuns ? row : 24) },
    layer: [
      rowsLayer(labels, panel.showLabels ? rowAxis(labels, lift) : unlabelledAxis),
      {
        data: { values: bars },
        mark: { type: 'bar', height: barHeight, yOffset: lift, strokeWidth: 1 },
        encoding: {
          y,
          x: {
            ...x,
            scale: { domain: [0, panel.end ?? axisEnd(panel)], nice: false, zero: true },
            axis: { title: wrappedTitle(panel), tickCount: Math.max(2, Math.round(panel.width / 60)) },
          },
          fill: literal('fill'),
          stroke: literal('stroke'),
          strokeDash: literal('dash'),
        },
      },
      {
        data: { values: bars.filter((bar) => bar.low !== undefined) },
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
      {
        data: { values: bars },
        mark: { type: 'text', align: 'left', dx: 5, yOffset: lift, fontWeight: 600 },
        encoding: { y, x: quantitative('end'), text: printed('text') },
      },
      absentLayer(absent),
    ],
  };
}

function barsOf(panel: BarPanel) {
  return panel.rows.flatMap((row, i) => {
    const summary = summaryOf(row.runs, panel.metric);
    if (summary === null) return [];
    return {
      row: panel.labels.labels[i],
      value: summary.center,
      low: summary.interval?.low,
      high: summary.interval?.high,
      end: Math.max(summary.center, summary.interval?.high ?? 0),
      text: `${boundBefore(row.runs, panel.metric)}${significant(summary.center)}`,
      fill: row.ranked ? row.color : paper,
      stroke: row.color,
      dash: row.ranked ? [1, 0] : [4, 3],
    };
  });
}

function pointsOf(panel: BarPanel) {
  return panel.rows.flatMap((row, i) =>
    row.runs.length < 2 || panel.points === false
      ? []
      : row.runs.flatMap((run) =>
          samplesOf([run], panel.metric).map((value) => ({
            row: panel.labels.labels[i],
            value,
            fill: run.certificate === 'failed' ? paper : ink,
          })),
        ),
  );
}

/** Where the axis has to end so that the value printed behind the longest bar is inside the panel. */
function axisEnd(panel: BarPanel): number {
  const texts = barsOf(panel).map((bar) => ({ ...bar, width: panel.width }));
  const behindBars = endWithRoom(texts, { start: 0, logarithmic: false, gap: 10 });
  const end = Math.max(0, behindBars, ...pointsOf(panel).map((point) => point.value * 1.02));
  return end > 0 ? end : 1;
}

/** Panels of one figure, on one scale where that flattens none of them. */
export function onOneScale(panels: readonly BarPanel[]): BarPanel[] {
  if (!shareScale(panels.map(largestBar))) return [...panels];
  const end = Math.max(...panels.map(axisEnd));
  return panels.map((panel) => ({ ...panel, end }));
}

export function largestBar({ rows, metric }: { rows: ReadonlyArray<Pick<BarRow, 'runs'>>; metric: Metric }): number {
  return Math.max(0, ...rows.map(({ runs }) => summaryOf(runs, metric)?.mean ?? 0));
}

function wrappedTitle(panel: BarPanel): string[] {
  const { metric, width } = panel;
  const whole = axisTitle(metric);
  return textWidth(whole, fontSize) <= width || metric.unit === '' ? [whole] : [metric.title, `(${metric.unit})`];
}
