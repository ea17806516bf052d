/**
 * One panel of dots on a linear or logarithmic axis, each with its value printed, a tick where the largest single value
 * lies, and a dashed line at a bound. Results that are not ranked are hollow.
 */
import { textWidth } from '../render/text-width.ts';
import { fontSize, ink, paper, softInk } from '../render/theme.ts';
import { endWithRoom, literal, type PanelSpec, printed, quantitative } from './panel.ts';
import { absentLayer, type RowLabels, type RowLooks, rowField, rowsLayer, unlabelledAxis } from './rows.ts';

export interface DotRow extends RowLooks {
  /** Null where there is no figure; then the text says why. */
  readonly value: number | null;
  /** Where the tick stands; null where there is none. */
  readonly largest: number | null;
  readonly text: string;
}

export interface DotAxis {
  /** One string a line. */
  readonly title: readonly string[];
  readonly logarithmic: boolean;
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  readonly tickText: (value: number) => string;
}

export interface DotPanel {
  readonly rows: readonly DotRow[];
  readonly labels: RowLabels;
  readonly width: number;
  readonly bounds: readonly number[];
  readonly axis: DotAxis;
}

export function dotPanel({ rows, labels, width, bounds, axis }: DotPanel): PanelSpec {
  const placed = rows.map((row, i) => ({ ...row, row: labels.labels[i] }));
  const dots = placed.flatMap(({ value, largest, ...dot }) =>
    value === null
      ? []
      : {
          ...dot,
          value,
          largest: largest ?? value,
          end: Math.max(value, largest ?? value),
          fill: dot.ranked ? dot.color : paper,
        },
  );
  const spread = dots.filter(({ value, largest }) => largest !== value);
  const absent = placed.filter(({ value }) => value === null);
  const [from, to] = axis.domain;
  const ticks = apart(
    axis.ticks.filter((tick) => tick >= from && tick <= to),
    axis,
    width,
  );
  const y = rowField;
  const stroke = literal('color');
  const behind = { y, x: quantitative('end'), text: printed('text') };
  const text = { type: 'text', align: 'left', dx: 9, fontWeight: 600 } as const;
  return {
    width,
    height: { step: Math.max(labels.rowHeight, 28) },
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
            scale: axis.logarithmic
              ? { type: 'log', domain: [from, to], nice: false }
              : { type: 'linear', domain: [from, to], nice: false, zero: false },
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
      { data: { values: dots }, mark: { ...text, color: paper, stroke: paper, strokeWidth: 4 }, encoding: behind },
      { data: { values: dots }, mark: text, encoding: behind },
      absentLayer(absent),
    ],
  };
}

/** Ticks whose texts have room beside each other; the first one says where the axis begins. */
function apart(
  ticks: readonly number[],
  { domain: [from, to], logarithmic, tickText }: DotAxis,
  width: number,
): number[] {
  const scaled = logarithmic ? Math.log : (value: number) => value;
  const middle = (tick: number) => ((scaled(tick) - scaled(from)) / (scaled(to) - scaled(from))) * width;
  const kept: number[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const tick of ticks) {
    const half = textWidth(tickText(tick), fontSize) / 2;
    if (middle(tick) - half < end + 4) continue;
    kept.push(tick);
    end = middle(tick) + half;
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
  const forward = logarithmic ? Math.log : (value: number) => value;
  const back = logarithmic ? Math.exp : (value: number) => value;
  const start = forward(from);
  const reached = back(start + Math.max(forward(Math.max(from, reach)) - start, 1e-6) * 1.04);
  return Math.max(endWithRoom(texts, { start: from, logarithmic, gap: 14 }), reached);
}
