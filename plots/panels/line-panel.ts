/** One panel of lines over a logarithmic axis of loads: geometric means over runs with lines between them, single runs as small points. */
import { significant } from '../../scripts/command-line/format.ts';
import { ink, paper, softInk } from '../render/theme.ts';
import { type Line, type LinePanel, type LineScale, lineScales } from './line-scale.ts';
import {
  type ChartSpec,
  type Layer,
  literal,
  logAxis,
  type PanelSpec,
  panelStack,
  panelWidth,
  printed,
  quantitative,
  rimmed,
  scaleFrom,
} from './panel.ts';

/** Pixels of the labels on the left of a panel. */
const axisWidth = 60;
const gap = 18;
const height = 150;
/** Of a linear axis: below it a label would stand on the axis. */
const lowest = 0.16;

/** Width of one of so many panels beside each other, each with its own axis on the left. @param whole of all, pixels */
export function lineWidth(beside: number, whole: number): number {
  return (panelWidth(1, whole) - beside * axisWidth - (beside - 1) * gap) / beside;
}

/** @param rows of panels beside each other */
export function lineStack(rows: ReadonlyArray<{ title: string; cells: readonly LinePanel[] }>): ChartSpec {
  const scales = lineScales(rows.flatMap(({ cells }) => cells));
  return panelStack(
    rows.map(({ title, cells }) => ({ title, cells: cells.map((cell) => linePanel(cell, scales(cell))) })),
    { spacing: axisWidth + gap },
  );
}

function linePanel({ title, lines, width, loads, loadTitle, diagonal, limit }: LinePanel, scale: LineScale): PanelSpec {
  const { logarithmic, domain } = scale;
  const ends = loadDomain(scale.loads);
  const shownLimit = limit !== undefined && scale.limits.includes(limit.value) ? limit : null;
  return {
    width,
    height,
    layer: [
      titleLayer(logarithmic ? `${title.replace(/\)$/, '')}, logarithmic)` : title),
      ...(diagonal === true ? arrivalLayers(loads) : []),
      ...(shownLimit === null ? [] : [reference(ends.map((x) => ({ x, y: shownLimit.value })))]),
      ...lines.flatMap(lineLayers),
      ...(shownLimit === null ? [] : limitLabel(shownLimit, ends[0])),
      ...peakLabels(lines, logarithmic ? 0 : lowest * domain[1]),
    ],
    encoding: {
      x: {
        ...quantitative('x'),
        scale: scaleFrom({ domain: ends, logarithmic: true }),
        axis: { title: loadTitle, values: [...loads], format: ',.6~r', grid: false },
      },
      y: {
        ...quantitative('y'),
        scale: scaleFrom(scale),
        axis: {
          grid: true,
          minExtent: axisWidth - 6,
          maxExtent: axisWidth - 6,
          format: ',.3~r',
          ...(logarithmic ? logAxis(domain) : { tickCount: 4 }),
        },
      },
    },
  };
}

/** Room on both sides of the outer loads for marks and labels. */
function loadDomain(loads: readonly number[]): [number, number] {
  const [first, last] = [loads.at(0) ?? 1, loads.at(-1) ?? 1];
  const margin = Math.max((last / first) ** 0.09, 1.3);
  return [first / margin, last * margin];
}

/** Always at the same height, which a title of the panel is not: that one keeps clear of the labels of the axis. */
function titleLayer(title: string): Layer {
  return {
    data: { values: [{ words: title }] },
    mark: { type: 'text', align: 'left', baseline: 'bottom', color: softInk },
    encoding: { x: { value: 0 }, y: { value: -10 }, text: printed('words') },
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

function limitLabel({ value, words }: NonNullable<LinePanel['limit']>, x: number): Layer[] {
  return onWhite({ x, y: value, words }, { dx: 2, dy: -2, align: 'left', color: softInk });
}

function lineLayers({ color, style, points, singles }: Line): Layer[] {
  const isHollow = (hollow = false) => style === 'part' || hollow;
  const data = { values: points.map((point) => ({ ...point, fill: isHollow(point.hollow) ? paper : color })) };
  const shape = style === 'tail' ? 'diamond' : 'circle';
  return [
    { data: { values: [...singles] }, mark: { type: 'point', shape, size: 14, color, filled: true, opacity: 0.55 } },
    { data, mark: { type: 'line', color, strokeWidth: 1.5, ...(style === 'main' ? {} : { strokeDash: [4, 3] }) } },
    {
      data,
      mark: { type: 'point', shape, size: 46, stroke: color, strokeWidth: 1.5, opacity: 1 },
      encoding: { fill: literal('fill') },
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

function onWhite(
  value: { x: number; y: number; words: string },
  looks: { dx?: number; dy: number; align?: 'left'; baseline?: 'top'; color?: string },
): Layer[] {
  const mark = { type: 'text', baseline: 'bottom', color: ink, ...looks } as const;
  return rimmed({ data: { values: [value] }, mark, encoding: { text: printed('words') } });
}
