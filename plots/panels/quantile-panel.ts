/**
 * One panel of distributions along a time axis: box for the middle half, line from the 5th to the 95th percentile, a
 * mark at the median and a diamond at the 99th percentile.
 */
import { significant } from '../../scripts/command-line/format.ts';
import type { GapQuantiles } from '../data/latency.ts';
import { ink, paleAlpha, paper } from '../render/theme.ts';
import {
  type ChartSpec,
  endWithRoom,
  literal,
  logAxis,
  type PanelSpec,
  panelStack,
  panelWidth,
  quantitative,
  type Scale,
  scaleFrom,
} from './panel.ts';
import { labelled, type RowLabels, type RowLooks, rowAxis, rowField, rowHeights, textBehind } from './rows.ts';

export interface QuantileRow extends RowLooks {
  readonly name: string;
  /** A part of what the row above or below it shows. */
  readonly pale?: boolean;
  readonly gaps: GapQuantiles;
}

interface QuantilePanel {
  readonly title: string;
  readonly rows: readonly QuantileRow[];
}

/** Of all panels of a chart: latencies can only be read across on one axis. */
interface QuantileScale extends Scale {
  /** With its unit. */
  readonly title: string;
  /** Behind the last mark there are only labels, and no ticks. */
  readonly lastMark: number;
}

interface QuantileCell {
  readonly rows: readonly QuantileRow[];
  readonly labels: RowLabels;
  readonly width: number;
}

/** @param axis its title, without the unit. @param whole width of the chart, pixels */
export function quantileStack(panels: readonly QuantilePanel[], axis: string, whole: number): ChartSpec {
  const cells = labelled(panels, ({ rows }) => rows.map(({ name }) => name)).map(({ panel: { rows }, labels }) => {
    return { rows, labels, width: panelWidth(1, whole) - labels.width };
  });
  const scale = quantileScale(cells, axis);
  return panelStack(cells.map((cell, i) => ({ title: panels[i]?.title ?? '', cells: [quantilePanel(cell, scale)] })));
}

function quantileScale(cells: readonly QuantileCell[], axis: string): QuantileScale {
  const all = cells.flatMap(({ rows, width }) => rows.map(({ gaps }) => ({ gaps, width })));
  const lastMark = Math.max(...all.map(({ gaps }) => endOf(gaps)));
  // When the slowest gaps are many times the fastest, a linear axis would flatten the fast ones.
  const logarithmic = lastMark > 6 * Math.min(...all.map(({ gaps }) => gaps.p50));
  const start = logarithmic ? Math.min(...all.map(({ gaps }) => startOf(gaps))) * 0.8 : 0;
  const texts = all.map(({ gaps, width }) => ({ end: endOf(gaps), text: labelOf(gaps), width }));
  const end = Math.max(endWithRoom(texts, { start, logarithmic, gap: 16, weight: 'regular' }), 1e-6);
  return { title: `${axis} (ms${logarithmic ? ', logarithmic' : ''})`, logarithmic, domain: [start, end], lastMark };
}

const startOf = (gaps: GapQuantiles) => gaps.p5 ?? gaps.p25;
const endOf = (gaps: GapQuantiles) => gaps.p99 ?? gaps.p95 ?? gaps.p75;

function quantilePanel({ rows, labels, width }: QuantileCell, scale: QuantileScale): PanelSpec {
  const values = rows.map(({ color, ranked, pale = false, gaps }, i) => ({
    row: labels.labels[i],
    ...gaps,
    from: startOf(gaps),
    to: gaps.p95 ?? gaps.p75,
    end: endOf(gaps),
    fill: !ranked ? paper : pale ? `${color}${paleAlpha}` : color,
    stroke: color,
    text: labelOf(gaps),
  }));
  const y = rowField;
  const stroke = literal('stroke');
  const x = {
    ...quantitative('from'),
    scale: scaleFrom(scale),
    axis: {
      title: scale.title,
      format: ',.3~r',
      ...(scale.logarithmic ? logAxis([scale.domain[0], scale.lastMark]) : {}),
    },
  };
  return {
    width,
    height: rowHeights(labels),
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { y: { ...y, axis: rowAxis(labels) }, x, x2: { field: 'to' }, stroke },
      },
      {
        mark: { type: 'bar', height: 14, strokeWidth: 1.5 },
        encoding: { y, x: quantitative('p25'), x2: { field: 'p75' }, fill: literal('fill'), stroke },
      },
      {
        mark: { type: 'tick', size: 20, thickness: 3, color: ink, opacity: 1 },
        encoding: { y, x: quantitative('p50') },
      },
      {
        transform: [{ filter: 'datum.p99 !== null' }],
        mark: { type: 'point', shape: 'diamond', size: 50, filled: true, opacity: 1 },
        encoding: { y, x: quantitative('p99'), fill: stroke },
      },
      textBehind(),
    ],
  };
}

/** Median in full, and the tail where there are samples enough for it. */
function labelOf({ p50, p95, p99, count, repeats }: GapQuantiles): string {
  return [
    `median ${significant(p50)} ms`,
    ...(p95 === null ? [] : [`p95 ${significant(p95)}`]),
    ...(p99 === null ? [] : [`p99 ${significant(p99)}`]),
    `n ${count}${repeats > 1 ? ` × ${Number(repeats.toFixed(1))}` : ''}`,
  ].join(' · ');
}
