/** One panel of ratios: a dot with its interval, a line at 1×, the value printed. */
import { significant } from '../../scripts/command-line/format.ts';
import type { Verdict } from '../data/verdicts.ts';
import { paper, softInk } from '../render/theme.ts';
import { endWithRoom, literal, logAxis, type PanelSpec, quantitative, scaleFrom } from './panel.ts';
import { type RowLabels, rowAxis, rowField, rowHeights, textBehind } from './rows.ts';

interface RatioPanel {
  /** Null for the slowest itself, which is 1× by definition. */
  readonly rows: ReadonlyArray<{ color: string; verdict: Verdict | null }>;
  readonly labels: RowLabels;
  readonly width: number;
  /** Of all panels of the chart, which share their axis. */
  readonly verdicts: readonly Verdict[];
}

export function ratioPanel({ rows, labels, width, verdicts }: RatioPanel): PanelSpec {
  // On a linear axis a ratio above ten would press all others against the left edge.
  const logarithmic = verdicts.some(({ ratio }) => ratio > 10);
  const values = rows.map(({ color, verdict }, i) => ({
    row: labels.labels[i],
    ratio: verdict?.ratio ?? 1,
    low: verdict?.interval?.low,
    high: verdict?.interval?.high,
    ...labelAt(verdict),
    stroke: color,
    fill: verdict === null || verdict.decision === 'faster' ? color : paper,
  }));
  const y = { ...rowField, axis: rowAxis(labels) };
  const stroke = literal('stroke');
  const least = Math.min(1, ...verdicts.map(({ interval }) => interval?.low ?? 1));
  const start = least * 0.97;
  const texts = [null, ...verdicts].map((verdict) => ({ ...labelAt(verdict), width }));
  const end = Math.max(endWithRoom(texts, { start, logarithmic, gap: 18 }), least * 1.1);
  return {
    width,
    height: rowHeights(labels),
    data: { values },
    layer: [
      {
        data: { values: [{ one: 1 }] },
        mark: { type: 'rule', color: softInk, strokeDash: [3, 3] },
        encoding: { x: quantitative('one') },
      },
      {
        mark: { type: 'rule', strokeWidth: 2.5 },
        transform: [{ filter: 'isValid(datum.low)' }],
        encoding: { y, x: quantitative('low'), x2: { field: 'high' }, stroke },
      },
      {
        mark: { type: 'point', size: 90, strokeWidth: 2, opacity: 1, filled: false },
        encoding: {
          y,
          x: {
            ...quantitative('ratio'),
            scale: scaleFrom({ domain: [start, end], logarithmic }),
            axis: {
              title: `Decode rate over the slowest (×${logarithmic ? ', logarithmic' : ''})`,
              format: ',.3~r',
              ...(logarithmic ? logAxis([start, end]) : {}),
            },
          },
          fill: literal('fill'),
          stroke,
        },
      },
      textBehind({ fontWeight: 600 }),
    ],
  };
}

/** Behind the dot and its interval. */
function labelAt(verdict: Verdict | null): { end: number; text: string } {
  if (verdict === null) return { end: 1, text: '1× (slowest)' };
  const { ratio, interval } = verdict;
  const beside = interval === null ? '' : ` (${significant(interval.low)} to ${significant(interval.high)})`;
  return { end: Math.max(1, ratio, interval?.high ?? 1), text: `${significant(ratio)}×${beside}` };
}
