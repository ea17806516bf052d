/**
 * One panel of distributions along a time axis: box for the middle half, line from the 5th to the 95th percentile, a
 * mark at the median and a diamond at the 99th percentile.
 */
import { significant } from '../../scripts/command-line/format.ts';
import type { PanelSpec } from '../charts/chart.ts';
import type { GapQuantiles } from '../data/gap-quantiles.ts';
import { paleAlpha } from '../render/palette.ts';
import { textWidth } from '../render/text-width.ts';
import { fontSize, ink, paper } from '../render/theme.ts';
import { logAxis } from './axis.ts';
import { type RowLabels, rowAxis } from './rows.ts';

interface QuantileRow {
  readonly color: string;
  readonly ranked: boolean;
  /** A part of what the row above or below it shows. */
  readonly pale?: boolean;
  readonly gaps: GapQuantiles;
}

export interface QuantilePanel {
  readonly rows: readonly QuantileRow[];
  readonly labels: RowLabels;
  readonly width: number;
  /** Of the axis, without the unit. */
  readonly title: string;
}

/** Of all panels of a chart: latencies can only be read across on one axis. */
export interface QuantileScale {
  readonly logarithmic: boolean;
  readonly domain: readonly [number, number];
  /** Behind the last mark there are only labels, and no ticks. */
  readonly lastMark: number;
}

export function quantileScale(panels: readonly QuantilePanel[]): QuantileScale {
  const all = panels.flatMap(({ rows, width }) => rows.map(({ gaps }) => ({ gaps, width })));
  const lastMark = Math.max(...all.map(({ gaps }) => endOf(gaps)));
  // When the slowest gaps are many times the fastest, a linear axis would flatten the fast ones.
  const logarithmic = lastMark > 6 * Math.min(...all.map(({ gaps }) => gaps.p50));
  return { logarithmic, domain: domain(all, logarithmic), lastMark };
}

const startOf = (gaps: GapQuantiles) => gaps.p5 ?? gaps.p25;
const endOf = (gaps: GapQuantiles) => gaps.p99 ?? gaps.p95 ?? gaps.p75;

export function quantilePanel({ rows, labels, width, title }: QuantilePanel, scale: QuantileScale): PanelSpec {
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
  const y = { field: 'row', type: 'nominal', sort: null } as const;
  const x = (field: string) => ({ field, type: 'quantitative' }) as const;
  const fill = { field: 'fill', type: 'nominal', scale: null } as const;
  const stroke = { field: 'stroke', type: 'nominal', scale: null } as const;
  return {
    width,
    height: { step: Math.max(labels.rowHeight, 28) },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: {
          y: { ...y, axis: rowAxis({ labels, showLabels: true }) },
          x: {
            ...x('from'),
            scale: logarithmic
              ? { type: 'log', domain: [...ends], nice: false }
              : { domain: [...ends], nice: false, zero: true },
            axis: {
              title: `${title} (ms${logarithmic ? ', logarithmic' : ''})`,
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
        encoding: { y, x: x('p25'), x2: { field: 'p75' }, fill, stroke },
      },
      {
        mark: { type: 'tick', size: 20, thickness: 3, color: ink, opacity: 1 },
        encoding: { y, x: x('p50') },
      },
      {
        transform: [{ filter: 'datum.p99 !== null' }],
        mark: { type: 'point', shape: 'diamond', size: 50, filled: true, opacity: 1 },
        encoding: { y, x: x('p99'), fill: stroke },
      },
      {
        mark: { type: 'text', align: 'left', dx: 9 },
        encoding: { y, x: x('end'), text: { field: 'text', type: 'nominal' } },
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

/** Ends so that the longest label is inside its panel, on either scale. */
function domain(
  all: ReadonlyArray<{ gaps: GapQuantiles; width: number }>,
  logarithmic: boolean,
): QuantileScale['domain'] {
  const forward = logarithmic ? Math.log : (value: number) => value;
  const back = logarithmic ? Math.exp : (value: number) => value;
  const start = logarithmic ? Math.min(...all.map(({ gaps }) => startOf(gaps))) * 0.8 : 0;
  const ends = all.map(({ gaps, width }) => {
    const room = Math.max(width - textWidth(labelOf(gaps), fontSize) - 16, width / 4);
    return back(forward(start) + ((forward(endOf(gaps)) - forward(start)) * width) / room);
  });
  return [start, Math.max(...ends, 1e-6)];
}
