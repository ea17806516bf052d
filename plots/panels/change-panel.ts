/** One panel of changes: the ratio of each cell as a dot with its interval, a line at 1, a band of what never counts. */
import type { ComparedRow } from '../../collate/comparing/comparison.ts';
import { changeText, intervalText, verdictWord } from '../../collate/comparing/words.ts';
import { bandInk, betterColor, paper, softInk, worseColor } from '../render/theme.ts';
import { endWithRoom, literal, logAxis, type PanelSpec, quantitative, rimmed, scaleFrom } from './panel.ts';
import { absentLayer, type RowLabels, rowAxis, rowField, rowHeights, rowsLayer, textBehind } from './rows.ts';

interface ChangePanel {
  readonly rows: readonly ComparedRow[];
  readonly labels: RowLabels;
  readonly width: number;
  /** Of all panels of the chart, which share their axis. */
  readonly all: readonly ComparedRow[];
}

export function changePanel({ rows, labels, width, all }: ChangePanel): PanelSpec {
  const drawn = rows.flatMap((row, i) => (row.ratio === null ? [] : [{ ...markOf(row), row: labels.labels[i] }]));
  const absent = rows.flatMap((row, i) =>
    row.ratio === null ? [{ row: labels.labels[i], text: 'one side has no figure' }] : [],
  );
  const y = { ...rowField, axis: rowAxis(labels) };
  const stroke = literal('stroke');
  const { domain, floor } = axisOf(all, width);
  const x = {
    scale: scaleFrom({ domain, logarithmic: true }),
    axis: { title: axisTitle(rows), format: ',.3~r', ...ticksOf(domain) },
  };
  return {
    width,
    height: rowHeights(labels),
    data: { values: drawn },
    layer: [
      {
        data: { values: [{ from: 1 / (1 + floor), to: 1 + floor }] },
        mark: { type: 'rect', color: bandInk },
        encoding: { x: quantitative('from'), x2: { field: 'to' } },
      },
      {
        data: { values: [{ one: 1 }] },
        mark: { type: 'rule', color: softInk, strokeDash: [3, 3] },
        encoding: { x: quantitative('one') },
      },
      rowsLayer(labels, rowAxis(labels)),
      {
        mark: { type: 'rule', strokeWidth: 2.5 },
        transform: [{ filter: 'isValid(datum.low)' }],
        encoding: { y, x: quantitative('low'), x2: { field: 'high' }, stroke },
      },
      {
        mark: { type: 'point', size: 80, strokeWidth: 2, opacity: 1, filled: false },
        encoding: { y, x: { ...quantitative('ratio'), ...x }, fill: literal('fill'), stroke },
      },
      ...rimmed(textBehind()),
      ...(absent.length === 0 ? [] : [absentLayer(absent)]),
    ],
  };
}

function markOf(row: ComparedRow) {
  const { ratio, verdict } = row;
  const color = verdict === 'regression' ? worseColor : verdict === 'improvement' ? betterColor : softInk;
  const isSure = verdict === 'regression' || verdict === 'improvement';
  const { low, high } = ratio?.interval ?? {};
  return {
    ratio: ratio?.center,
    low,
    high,
    end: Math.max(ratio?.center ?? 1, high ?? 1),
    text: textOf(row),
    stroke: color,
    fill: isSure ? color : paper,
  };
}

/** `−7.2 % (−8.0 % to −6.3 %), slower`. */
function textOf(row: ComparedRow): string {
  if (row.ratio === null) return '';
  const interval = row.ratio.interval === null ? '' : ` (${intervalText(row)})`;
  return `${changeText(row.ratio.center)}${interval}, ${verdictWord(row)}`;
}

const narrowest = 0.05;

/** Wide enough for all intervals and the texts behind them; the band is that of the row with the largest. */
function axisOf(all: readonly ComparedRow[], width: number): { domain: readonly [number, number]; floor: number } {
  const known = all.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  const floor = Math.max(...all.map((row) => row.floor));
  const least = Math.min(1 - narrowest, ...known.map(({ center, interval }) => interval?.low ?? center));
  const most = Math.max(1, ...known.map(({ center, interval }) => interval?.high ?? center));
  // A mark at the edge is drawn whole: the radius of a dot is some hundredths of the scale.
  const start = least * Math.min(0.98, (least / most) ** 0.03);
  const texts = all.map((row) => ({ end: markOf(row).end, text: textOf(row), width }));
  const end = Math.max(1 + narrowest, endWithRoom(texts, { start, logarithmic: true, gap: 24, weight: 'regular' }));
  return { domain: [start, end], floor };
}

/** Where less than a decade is shown, ticks at round percentages say more than powers of ten. */
function ticksOf(domain: readonly [number, number]): { values: number[]; tickCount: number } {
  const [from, to] = domain;
  if (to / from > 5) return logAxis(domain);
  const steps = [0.01, 0.02, 0.05, 0.1, 0.25, 0.5];
  const step = steps.find((each) => (to - from) / each <= 9) ?? 1;
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  const values = Array.from({ length: count }, (_, i) => Number(((first + i) * step).toFixed(4)));
  return { values, tickCount: values.length * 2 };
}

function axisTitle(rows: readonly ComparedRow[]): string {
  const [first] = rows;
  const better = first?.higherIsBetter === true ? 'right' : 'left';
  return `B over A (×, logarithmic; further ${better} is better)`;
}
