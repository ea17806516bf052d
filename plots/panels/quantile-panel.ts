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
  printed,
  quantitative,
} from './panel.ts';
import { labelled, type RowLabels, type RowLooks, rowAxis, rowField } from './rows.ts';

interface QuantileRow extends RowLooks {
  readonly name: string;
  /** A part of what the row above or below it shows. */
  readonly pale?: boolean;
  readonly gaps: GapQuantiles;
}

interface QuantilePanel {
  /** The title of a single panel is in the subtitle of the chart. */
  readonly title: string;
  readonly rows: readonly QuantileRow[];
}

/** Of all panels of a chart: latencies can only be read across on one axis. */
interface QuantileScale {
  readonly logarithmic: boolean;
  readonly domain: readonly [number, number];
  /** Behind the last mark there are only labels, and no ticks. */
  readonly lastMark: number;
}

/** @param axis its title, without the unit */
export function quantileStack(panels: readonly QuantilePanel[], axis: string): ChartSpec {
  const each = labelled(panels, ({ rows }) => rows.map(({ name }) => name)).map(({ panel, labels }) => {
    return { ...panel, labels, width: panelWidth(1) - labels.width };
  });
  const scale = quantileScale(each.flatMap(({ rows, width }) => rows.map(({ gaps }) => ({ gaps, width }))));
  return panelStack(
    each.map(({ title, rows, labels, width }) => ({
      title: panels.length === 1 ? '' : title,
      cells: [quantilePanel({ rows, labels, width, axis, scale })],
    })),
  );
}

function quantileScale(all: ReadonlyArray<{ gaps: GapQuantiles; width: number }>): QuantileScale {
  const lastMark = Math.max(...all.map(({ gaps }) => endOf(gaps)));
  // When the slowest gaps are many times the fastest, a linear axis would flatten the fast ones.
  const logarithmic = lastMark > 6 * Math.min(...all.map(({ gaps }) => gaps.p50));
  const start = logarithmic ? Math.min(...all.map(({ gaps }) => startOf(gaps))) * 0.8 : 0;
  const texts = all.map(({ gaps, width }) => ({ end: endOf(gaps), text: labelOf(gaps), width }));
  const end = Math.max(endWithRoom(texts, { start, logarithmic, gap: 16, weight: 'regular' }), 1e-6);
  return { logarithmic, domain: [start, end], lastMark };
}

const startOf = (gaps: GapQuantiles) => gaps.p5 ?? gaps.p25;
const endOf = (gaps: GapQuantiles) => gaps.p99 ?? gaps.p95 ?? gaps.p75;

interface QuantileCell {
  readonly rows: readonly QuantileRow[];
  readonly labels: RowLabels;
  readonly width: number;
  readonly axis: string;
  readonly scale: QuantileScale;
}

function quantilePanel({ rows, labels, width, axis, scale }: QuantileCell): PanelSpec {
  const { logarithmic, domain: ends, lastMark } = scale;
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
  return {
    width,
    height: { step: Math.max(labels.rowHeight, 28) },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: {
          y: { ...y, axis: rowAxis(labels) },
          x: {
            ...quantitative('from'),
            scale: logarithmic
              ? { type: 'log', domain: [...ends], nice: false }
              : { domain: [...ends], nice: false, zero: true },
            axis: {
              title: `${axis} (ms${logarithmic ? ', logarithmic' : ''})`,
              format: ',.3~r',
              ...(logarithmic ? logAxis([ends[0], lastMark]) : {}),
            },
          },
          x2: { field: 'to' },
          stroke,
        },
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
      {
        mark: { type: 'text', align: 'left', dx: 9 },
        encoding: { y, x: quantitative('end'), text: printed('text') },
      },
    ],
  };
}

/** Median in full, and the tail where there are samples enough for it. */
function labelOf(gaps: GapQuantiles): string {
  return [
    `median ${significant(gaps.p50)} ms`,
    ...(gaps.p95 === null ? [] : [`p95 ${significant(gaps.p95)}`]),
    ...(gaps.p99 === null ? [] : [`p99 ${significant(gaps.p99)}`]),
    `n ${gaps.count}${gaps.repeats > 1 ? ` × ${Number(gaps.repeats.toFixed(1))}` : ''}`,
  ].join(' · ');
}
