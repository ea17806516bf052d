/** One panel of a series over time: a dot a run, its interval as a pale line, the level between changes, the change with its size. */

import { textWidth } from '../render/text-width.ts';
import { fontSize, gridInk, ink, paleAlpha, paper, softInk } from '../render/theme.ts';
import {
  type ChartSpec,
  type Domain,
  type Layer,
  literal,
  type PanelSpec,
  panelStack,
  panelWidth,
  printed,
  quantitative,
  rimmed,
  scaleFrom,
} from './panel.ts';

export interface TrendPoint {
  /** Start of the run, ISO 8601. */
  readonly at: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Full: it counts. Hollow: disturbed. Pale: before the blessed level. */
  readonly look: 'full' | 'hollow' | 'pale';
}

export interface TrendPanel {
  readonly title: string;
  /** With its unit. */
  readonly axis: string;
  readonly color: string;
  /** In the order of time; a place of the axis each. */
  readonly points: readonly TrendPoint[];
  /** Levels and drifts, between places. */
  readonly levels: ReadonlyArray<{
    readonly from: number;
    readonly to: number;
    readonly start: number;
    readonly end: number;
  }>;
  /** Behind which place the level changed. */
  readonly changes: ReadonlyArray<{ readonly at: number; readonly words: string }>;
}

const height = 120;
const axisWidth = 66;
/** Above the highest and below the lowest mark, as a part of what lies between them. */
const room = 0.12;
/** Above that for the size of the change. */
const labelRoom = 0.22;
const mostDays = 5;

export function trendStack(panels: readonly TrendPanel[]): ChartSpec {
  return panelStack(
    panels.map((panel) => ({ title: panel.title, cells: [trendPanel(panel)] })),
    { titled: true },
  );
}

function trendPanel({ axis, color, points, levels, changes }: TrendPanel): PanelSpec {
  const width = panelWidth() - axisWidth;
  const values = points.flatMap(({ value, low, high }) => [value, low, high]);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(most - least, 0.02 * most);
  const domain: Domain = [least - room * span, most + (room + (changes.length > 0 ? labelRoom : 0)) * span];
  const x = {
    ...quantitative('x'),
    scale: scaleFrom({ domain: [-0.5, points.length - 0.5], logarithmic: false }),
    axis: timeAxis(points),
  };
  const y = {
    ...quantitative('low'),
    scale: scaleFrom({ domain, logarithmic: false }),
    axis: {
      title: axis,
      grid: true,
      tickCount: 4,
      format: ',.4~r',
      minExtent: axisWidth - 6,
      maxExtent: axisWidth - 6,
    },
  };
  const dots = points.map(({ value, low, high, look }, i) => ({
    x: i,
    y: value,
    low,
    high,
    stroke: look === 'pale' ? `${color}${paleAlpha}` : color,
    fill: look === 'full' ? color : look === 'pale' ? `${color}${paleAlpha}` : paper,
  }));
  const marks: Layer[] = [
    {
      data: { values: dots },
      mark: { type: 'rule', strokeWidth: 1.5, color: `${color}${paleAlpha}` },
      encoding: { x, y, y2: { field: 'high' } },
    },
    {
      data: { values: levels.map((level) => ({ ...level })) },
      mark: { type: 'rule', strokeWidth: 2, color: ink },
      encoding: { x: quantitative('from'), x2: { field: 'to' }, y: quantitative('start'), y2: { field: 'end' } },
    },
    {
      data: { values: changes.map(({ at }) => ({ at })) },
      mark: { type: 'rule', strokeWidth: 1, strokeDash: [4, 3], color: softInk },
      encoding: { x: quantitative('at') },
    },
    {
      data: { values: dots },
      mark: { type: 'point', size: 26, filled: true, opacity: 1, strokeWidth: 1.2 },
      encoding: { x: quantitative('x'), y: quantitative('y'), fill: literal('fill'), stroke: literal('stroke') },
    },
  ];
  return {
    width,
    height,
    layer: [...marks, ...changes.flatMap((change) => changeLabel(change, points.length, width, domain[1]))],
  };
}

function changeLabel(
  { at, words }: TrendPanel['changes'][number],
  places: number,
  width: number,
  top: number,
): Layer[] {
  const toTheRight = width * (1 - (at + 0.5) / places);
  const fits = textWidth(words, fontSize, 'semibold') + 10 < toTheRight;
  return rimmed({
    data: { values: [{ x: at, y: top, words }] },
    mark: { type: 'text', align: fits ? 'left' : 'right', dx: fits ? 5 : -5, dy: 8, fontWeight: 600 },
    encoding: { x: quantitative('x'), y: quantitative('y'), text: printed('words') },
  } as const);
}

/** Days at a few places, the first and the last among them; times where all is of one day. */
function timeAxis(points: readonly TrendPoint[]) {
  const isOneDay = new Set(points.map(({ at }) => at.slice(0, 10))).size === 1;
  const textOf = ({ at }: TrendPoint) => (isOneDay ? at.slice(11, 16) : at.slice(0, 10));
  const last = points.length - 1;
  const count = Math.min(mostDays, points.length);
  const places = [...new Set(Array.from({ length: count }, (_, i) => Math.round((i * last) / Math.max(1, count - 1))))];
  const texts = places.flatMap((place) => points.slice(place, place + 1).map(textOf));
  return {
    title: isOneDay ? 'UTC' : null,
    grid: false,
    ticks: true,
    tickColor: gridInk,
    values: places,
    labelExpr: `${JSON.stringify(texts)}[indexof(${JSON.stringify(places)}, datum.value)]`,
    labelFlush: true,
  };
}
