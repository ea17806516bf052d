/**
 * One panel of dots on a linear or logarithmic axis, each with its value printed, a tick where the largest single value
 * lies, and a dashed line at a bound. Results that are not ranked are hollow.
 */
import { textWidth } from '../render/text-width.ts';
import { fontSize, ink, paper, softInk } from '../render/theme.ts';
import { endWithRoom, literal, type PanelSpec, partOf, quantitative, type Scale, scaleFrom, valueAt } from './panel.ts';
import {
  absentLayer,
  type RowLabels,
  type RowLooks,
  rowField,
  rowHeights,
  rowsLayer,
  textBehind,
  unlabelledAxis,
} from './rows.ts';

export interface DotRow extends RowLooks {
  /** Null where there is no figure; then the text says why. */
  readonly value: number | null;
  /** Where the tick stands; null where there is none. */
  readonly largest: number | null;
  readonly text: string;
}

export interface DotAxis extends Scale {
  /** One string a line. */
  readonly title: readonly string[];
  readonly ticks: readonly number[];
  readonly tickText: (value: number) => string;
}

interface DotPanel {
  readonly rows: readonly DotRow[];
  readonly labels: RowLabels;
  readonly width: number;
  readonly bounds: readonly number[];
  readonly axis: DotAxis;
}

export function dotPanel({ rows, labels, width, bounds, axis }: DotPanel): PanelSpec {
  const placed = rows.map((row, i) => ({ ...row, row: labels.labels[i] }));
  const dots = placed.flatMap(({ value, largest, ...dot }) => {
    if (value === null) return [];
    const most = largest ?? value;
    return [{ ...dot, value, largest: most, end: Math.max(value, most), fill: dot.ranked ? dot.color : paper }];
  });
  const spread = dots.filter(({ value, largest }) => largest !== value);
  const ticks = ticksApart(axis, width);
  const y = rowField;
  const stroke = literal('color');
  return {
    width,
    height: rowHeights(labels),
    layer: [
      rowsLayer(labels, unlabelledAxis),
      {
        data: { values: bounds.map((bound) => ({ bound })) },
        mark: { type: 'rule', color: softInk, strokeDash: [3, 3] },
        encoding: { x: quantitative('bound') },
      },
      {
        data: { values: spread },
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { y, x: quantitative('value'), x2: { field: 'largest' }, stroke },
      },
      {
        data: { values: spread },
        mark: { type: 'tick', size: 12, thickness: 2, color: ink, opacity: 1 },
        encoding: { y, x: quantitative('largest') },
      },
      {
        data: { values: dots },
        mark: { type: 'point', size: 80, strokeWidth: 2, opacity: 1, filled: false },
        encoding: {
          y,
          x: {
            ...quantitative('value'),
            scale: scaleFrom(axis),
            axis: {
              title: [...axis.title],
              values: ticks,
              tickCount: ticks.length * 2,
              labelExpr: tickExpression(ticks, axis.tickText),
            },
          },
          fill: literal('fill'),
          stroke,
        },
      },
      // A white rim keeps the value readable where it lies on the line of a bound.
      { data: { values: dots }, ...textBehind({ fontWeight: 600, color: paper, stroke: paper, strokeWidth: 4 }) },
      { data: { values: dots }, ...textBehind({ fontWeight: 600 }) },
      absentLayer(placed.filter(({ value }) => value === null)),
    ],
  };
}

/** Ticks whose texts have room beside each other; the first one says where the axis begins. */
function ticksApart(axis: DotAxis, width: number): number[] {
  const [from, to] = axis.domain;
  const kept: number[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const tick of axis.ticks) {
    const middle = partOf(tick, axis) * width;
    const half = textWidth(axis.tickText(tick), fontSize) / 2;
    if (tick < from || tick > to || middle - half < end + 4) continue;
    kept.push(tick);
    end = middle + half;
  }
  return kept;
}

/** Vega knows only number formats of its own: the texts go into the specification, each beside its value. */
function tickExpression(ticks: readonly number[], text: (value: number) => string): string {
  return ticks.reduceRight(
    (rest, tick) => `abs(datum.value - ${tick}) <= ${Math.abs(tick) * 1e-6} ? ${JSON.stringify(text(tick))} : ${rest}`,
    "''",
  );
}

/**
 * Where an axis has to end so that the longest text is inside a panel of this width, and so is `reach`.
 * @param rows of all panels that share the axis
 */
export function domainEnd(
  rows: readonly DotRow[],
  { from, reach, width, logarithmic }: { from: number; reach: number; width: number; logarithmic: boolean },
): number {
  const texts = rows.map(({ value, largest, text }) => {
    return { end: Math.max(from, value ?? from, largest ?? from), text, width };
  });
  const least = logarithmic ? from * Math.exp(1e-6) : from + 1e-6;
  const reached = valueAt(1.04, { domain: [from, Math.max(reach, least)], logarithmic });
  return Math.max(endWithRoom(texts, { start: from, logarithmic, gap: 14 }), reached);
}
