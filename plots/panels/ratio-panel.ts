/** One panel of ratios: a dot with its interval, a line at 1×, the value printed. */
import { significant } from '../../scripts/command-line/format.ts';
import type { PanelSpec } from '../charts/chart.ts';
import type { Verdict } from '../data/verdicts.ts';
import { textWidth } from '../render/text-width.ts';
import { fontSize, paper, softInk } from '../render/theme.ts';
import { logAxis } from './axis.ts';
import { type RowLabels, rowAxis } from './rows.ts';

export interface RatioPanel {
  /** Null for the slowest itself, which is 1× by definition. */
  readonly rows: ReadonlyArray<{ color: string; verdict: Verdict | null }>;
  readonly labels: RowLabels;
  readonly width: number;
  readonly logarithmic: boolean;
  /** Of all panels of the chart, which share their axis. */
  readonly verdicts: readonly Verdict[];
}

/** On a linear axis a ratio above ten would press all others against the left edge. */
export function isLogarithmic(verdicts: readonly Verdict[]): boolean {
  return verdicts.some((verdict) => verdict.ratio > 10);
}

export function ratioPanel({ rows, labels, width, logarithmic, verdicts }: RatioPanel): PanelSpec {
  const values = rows.map(({ color, verdict }, i) => ({
    row: labels.labels[i],
    ratio: verdict?.ratio ?? 1,
    low: verdict?.interval?.low,
    high: verdict?.interval?.high,
    ...labelAt(verdict),
    stroke: color,
    fill: verdict === null || verdict.decision === 'faster' ? color : paper,
  }));
  const y = { field: 'row', type: 'nominal', sort: null } as const;
  const x = (field: string) => ({ field, type: 'quantitative' }) as const;
  const fill = { field: 'fill', type: 'nominal', scale: null } as const;
  const stroke = { field: 'stroke', type: 'nominal', scale: null } as const;
  const start = Math.min(1, ...verdicts.map(({ interval }) => interval?.low ?? 1));
  const ends: [number, number] = [
    start * 0.97,
    domainEnd([null, ...verdicts].map(labelAt), { start, width, logarithmic }),
  ];
  return {
    width,
    height: { step: Math.max(labels.rowHeight, 28) },
    data: { values },
    layer: [
      {
        data: { values: [{ one: 1 }] },
        mark: { type: 'rule', color: softInk, strokeDash: [3, 3] },
        encoding: { x: { field: 'one', type: 'quantitative' } },
      },
      {
        mark: { type: 'rule', strokeWidth: 2.5 },
        transform: [{ filter: 'isValid(datum.low)' }],
        encoding: {
          y: { ...y, axis: rowAxis({ labels, showLabels: true }) },
          x: x('low'),
          x2: { field: 'high' },
          stroke,
        },
      },
      {
        mark: { type: 'point', size: 90, strokeWidth: 2, opacity: 1, filled: false },
        encoding: {
          y: { ...y, axis: rowAxis({ labels, showLabels: true }) },
          x: {
            ...x('ratio'),
            scale: logarithmic
              ? { type: 'log', domain: ends, nice: false }
              : { type: 'linear', domain: ends, nice: false, zero: false },
            axis: {
              title: `Decode rate over the slowest (×${logarithmic ? ', logarithmic' : ''})`,
              format: ',.3~r',
              ...(logarithmic ? logAxis(ends) : {}),
            },
          },
          fill,
          stroke,
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 9, fontWeight: 600 },
        encoding: { y, x: x('end'), text: { field: 'text', type: 'nominal' } },
      },
    ],
  };
}

/** Behind the dot and its interval. */
function labelAt(verdict: Verdict | null): { end: number; text: string } {
  if (verdict === null) return { end: 1, text: '1× (slowest)' };
  return { end: Math.max(1, verdict.ratio, verdict.interval?.high ?? 1), text: labelOf(verdict) };
}

function labelOf({ ratio, interval }: Verdict): string {
  const value = `${significant(ratio)}×`;
  return interval === null ? value : `${value} (${significant(interval.low)} to ${significant(interval.high)})`;
}

/** Where the axis has to end so that the longest label is inside the panel, on either scale. */
function domainEnd(
  values: ReadonlyArray<{ end: number; text: string }>,
  { start, width, logarithmic }: { start: number; width: number; logarithmic: boolean },
): number {
  const forward = logarithmic ? Math.log : (value: number) => value;
  const back = logarithmic ? Math.exp : (value: number) => value;
  const from = forward(start * 0.97);
  const ends = values.map(({ end, text }) => {
    const room = Math.max(width - textWidth(text, fontSize, 'semibold') - 18, width / 4);
    return back(from + ((forward(end) - from) * width) / room);
  });
  return Math.max(...ends, start * 1.1);
}
