/** One panel of lines over a logarithmic axis of loads: geometric means over runs with lines between them, single runs as small points. */
import type { PositionFieldDef } from 'vega-lite/types_unstable/channeldef.js';
import { significant } from '../../scripts/command-line/format.ts';
import type { PanelSpec } from '../charts/chart.ts';
import { ink, paper, softInk } from '../render/theme.ts';
import { logAxis } from './axis.ts';
import type { LineScale } from './line-scale.ts';

export interface Line {
  readonly color: string;
  /** `main` is full with dots; `part` is dashed with hollow dots; `tail` is dashed with diamonds. */
  readonly style: 'main' | 'part' | 'tail';
  readonly points: ReadonlyArray<{ readonly x: number; readonly y: number; readonly hollow?: boolean }>;
  /** Values of single runs, where there are several. */
  readonly singles: ReadonlyArray<{ readonly x: number; readonly y: number }>;
}

export interface LinePanel {
  /** What its vertical axis is of: panels of one column share it. */
  readonly column: string;
  /** Above the panel, with its unit. */
  readonly title: string;
  readonly lines: readonly Line[];
  readonly width: number;
  /** Every load of the series, ascending. */
  readonly loads: readonly number[];
  readonly loadTitle: string;
  /** A grey line through equal values of both axes: what comes, beside what is answered. */
  readonly diagonal?: boolean;
  /** A grey horizontal line with a few words. */
  readonly limit?: { readonly value: number; readonly words: string };
}

/** Of the labels on the left of the panel. */
export const lineAxisWidth = 60;
const height = 150;
/** Of a linear axis: below it a label would stand on the axis. */
const lowest = 0.16;

export function linePanel(panel: LinePanel, scale: LineScale): PanelSpec {
  const { title, lines, width, loads, loadTitle, diagonal, limit } = panel;
  const {
    logarithmic,
    domain: [from, to],
    limits: shownLimits,
  } = scale;
  const x: PositionFieldDef<string> = {
    field: 'x',
    type: 'quantitative',
    scale: { type: 'log', domain: loadDomain(scale.loads), nice: false },
    axis: { title: loadTitle, values: [...loads], format: ',.6~r', grid: false },
  };
  const y: PositionFieldDef<string> = {
    field: 'y',
    type: 'quantitative',
    scale: logarithmic ? { type: 'log', domain: [from, to], nice: false } : { domain: [from, to], nice: false },
    axis: {
      grid: true,
      minExtent: lineAxisWidth - 6,
      maxExtent: lineAxisWidth - 6,
      format: ',.3~r',
      ...(logarithmic ? logAxis([from, to]) : { tickCount: 4 }),
    },
  };
  return {
    width,
    height,
    layer: [
      titleLayer(logarithmic ? `${title.replace(/\)$/, '')}, logarithmic)` : title),
      ...(diagonal === true ? arrivalLayers(loads) : []),
      ...(limit !== undefined && shownLimits.includes(limit.value) ? [limitLine(limit.value, scale.loads)] : []),
      ...lines.flatMap((line) => lineLayers(line)),
      ...(limit !== undefined && shownLimits.includes(limit.value) ? limitLabel(limit, scale.loads) : []),
      ...peakLabels(lines, logarithmic ? 0 : lowest * to),
    ],
    encoding: { x, y },
  };
}

/** Room on both sides of the outer loads for marks and labels. */
function loadDomain(loads: readonly number[]): [number, number] {
  const [first, last] = [loads.at(0) ?? 1, loads.at(-1) ?? 1];
  const margin = Math.max((last / first) ** 0.09, 1.3);
  return [first / margin, last * margin];
}

type Layer = Exclude<PanelSpec['layer'][number], { layer: unknown }>;

/** Always at the same height, which a title of the panel is not: that one keeps clear of the labels of the axis. */
function titleLayer(title: string): Layer {
  return {
    data: { values: [{ words: title }] },
    mark: { type: 'text', align: 'left', baseline: 'bottom', color: softInk },
    encoding: { x: { value: 0 }, y: { value: -10 }, text: { field: 'words', type: 'nominal' } },
  };
}

/** As many as come: a tick at each load, joined. */
function arrivalLayers(loads: readonly number[]): Layer[] {
  const values = loads.map((load) => ({ x: load, y: load }));
  return [
    reference(values),
    {
      data: { values },
      mark: { type: 'tick', orient: 'horizontal', size: 18, thickness: 2, color: softInk, opacity: 1 },
    },
  ];
}

function reference(values: ReadonlyArray<{ x: number; y: number }>): Layer {
  return { data: { values: [...values] }, mark: { type: 'line', color: softInk, strokeWidth: 1, strokeDash: [2, 3] } };
}

function limitLine(value: number, loads: readonly number[]): Layer {
  return reference(loadDomain(loads).map((x) => ({ x, y: value })));
}

function limitLabel({ value, words }: { value: number; words: string }, loads: readonly number[]): Layer[] {
  const [x] = loadDomain(loads);
  return onWhite({ x, y: value, words }, { dx: 2, dy: -2, align: 'left', color: softInk });
}

function lineLayers({ color, style, points, singles }: Line): Layer[] {
  const values = points.map((point) => ({
    ...point,
    fill: style === 'part' || point.hollow === true ? paper : color,
  }));
  const data = { values };
  const shape = style === 'tail' ? 'diamond' : 'circle';
  return [
    { data: { values: [...singles] }, mark: { type: 'point', shape, size: 14, color, filled: true, opacity: 0.55 } },
    { data, mark: { type: 'line', color, strokeWidth: 1.5, ...(style === 'main' ? {} : { strokeDash: [4, 3] }) } },
    {
      data,
      mark: { type: 'point', shape, size: 46, stroke: color, strokeWidth: 1.5, opacity: 1 },
      encoding: { fill: { field: 'fill', type: 'nominal', scale: null } },
    },
  ];
}

/**
 * The largest value of the main lines, printed: above it, or below where the tail runs above.
 * @param floor values lower than this have no room below
 */
function peakLabels(lines: readonly Line[], floor: number): Layer[] {
  const hasTail = lines.some(({ style, points }) => style === 'tail' && points.length > 0);
  return lines
    .filter(({ style, points }) => style === 'main' && points.length > 0)
    .flatMap(({ points }) => {
      const { x, y } = points.reduce((best, point) => (point.y > best.y ? point : best), points[0] ?? { x: 1, y: 0 });
      return onWhite({ x, y, words: significant(y) }, hasTail && y >= floor ? { dy: 7, baseline: 'top' } : { dy: -6 });
    });
}

/** A text through which no line runs. */
function onWhite(
  value: { x: number; y: number; words: string },
  looks: { dx?: number; dy: number; align?: 'left'; baseline?: 'top'; color?: string },
): Layer[] {
  const data = { values: [value] };
  const encoding = { text: { field: 'words', type: 'nominal' } } as const;
  const mark = { type: 'text', baseline: 'bottom', color: ink, ...looks } as const;
  return [
    { data, mark: { ...mark, stroke: paper, strokeWidth: 4 }, encoding },
    { data, mark, encoding },
  ];
}
