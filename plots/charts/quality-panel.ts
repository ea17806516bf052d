/** Quality over a cost, a point each result, with both intervals and the front of those that no other one beats in both. */
import type { PanelSpec } from './chart.ts';
import { placeLabels, type Spot } from './label-places.ts';
import { logAxis } from './log-ticks.ts';
import { frameworkColor } from './palette.ts';
import { ink, softInk } from './theme.ts';

const height = 250;

export interface PlacedResult {
  readonly framework: string;
  readonly name: string;
  readonly ranked: boolean;
  readonly x: Bounds;
  readonly y: Bounds;
}

/** A value and its interval; the interval is the value itself where there is none. */
export interface Bounds {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface QualityAxis {
  readonly title: string;
  /** True where more is better. */
  readonly rises: boolean;
  readonly domain: readonly [number, number];
  readonly logarithmic: boolean;
}

export function qualityPanel(
  results: readonly PlacedResult[],
  { x: xAxis, y: yAxis }: { x: QualityAxis; y: QualityAxis },
  { width, showTitle }: { width: number; showTitle: boolean },
): PanelSpec {
  const toPixels = (x: number, y: number): Spot => ({
    x: shareOf(x, xAxis) * width,
    y: height - shareOf(y, yAxis) * height,
  });
  const toValues = ({ x, y }: Spot) => ({ x: valueAt(x / width, xAxis), y: valueAt(1 - y / height, yAxis) });
  const steps = frontSteps(results, xAxis, yAxis);
  const bars = results.flatMap(({ x, y, framework }) => [
    { x: x.low, y: y.value, x2: x.high, y2: y.value, stroke: frameworkColor(framework) },
    { x: x.value, y: y.low, x2: x.value, y2: y.high, stroke: frameworkColor(framework) },
  ]);
  const rules = [...steps, ...bars].map(({ x, y, x2, y2 }) => [toPixels(x, y), toPixels(x2, y2)] as const);
  const labels = placeLabels(
    results.map(({ x, y, name }) => ({ ...toPixels(x.value, y.value), text: name })),
    { width, height },
    { texts: [], lines: rules },
  );
  const drawn = results.map(({ x, y, name, framework, ranked }, i) => {
    const label = labels[i] ?? null;
    const text = toValues(label ?? { x: 0, y: 0 });
    const end = toValues(label?.leader ?? toPixels(x.value, y.value));
    return {
      x: x.value,
      y: y.value,
      stroke: frameworkColor(framework),
      fill: ranked ? frameworkColor(framework) : '#ffffff',
      text: label === null ? '' : name,
      textX: text.x,
      textY: text.y,
      endX: end.x,
      endY: end.y,
    };
  });
  const encoded = (field: 'x' | 'y', axis: QualityAxis, title: string | null) => ({
    field,
    type: 'quantitative' as const,
    scale: { type: axis.logarithmic ? ('log' as const) : ('linear' as const), domain: [...axis.domain], nice: false },
    axis: { title, grid: true, format: ',.4~r', ...(axis.logarithmic ? logAxis(axis.domain) : { tickCount: 5 }) },
  });
  const x = encoded('x', xAxis, xAxis.title);
  const y = encoded('y', yAxis, showTitle ? yAxis.title : null);
  const plain = (field: string) => ({ field, type: 'quantitative' }) as const;
  const raw = (field: string) => ({ field, type: 'nominal', scale: null }) as const;
  return {
    width,
    height,
    layer: [
      {
        data: { values: steps },
        mark: { type: 'rule', strokeWidth: 1.2, strokeDash: [5, 4], color: softInk },
        encoding: { x, y, x2: { field: 'x2' }, y2: { field: 'y2' } },
      },
      {
        data: { values: bars },
        mark: { type: 'rule', strokeWidth: 1.4, opacity: 0.75 },
        encoding: { x: plain('x'), y: plain('y'), x2: { field: 'x2' }, y2: { field: 'y2' }, stroke: raw('stroke') },
      },
      {
        data: { values: drawn },
        mark: { type: 'rule', strokeWidth: 0.7, color: softInk },
        encoding: { x: plain('x'), y: plain('y'), x2: { field: 'endX' }, y2: { field: 'endY' } },
      },
      {
        data: { values: drawn },
        mark: { type: 'point', shape: 'circle', size: 75, strokeWidth: 1.8, opacity: 1 },
        encoding: { x: plain('x'), y: plain('y'), fill: raw('fill'), stroke: raw('stroke') },
      },
      {
        data: { values: drawn },
        mark: { type: 'text', align: 'left', baseline: 'middle', color: ink },
        encoding: { x: plain('textX'), y: plain('textY'), text: { field: 'text', type: 'nominal' } },
      },
    ],
  };
}

/** Ranked results that no other ranked one beats in one without losing in the other, from the best quality to the lowest cost. */
export function paretoFront<T extends Pick<PlacedResult, 'x' | 'y' | 'ranked'>>(
  results: readonly T[],
  x: Pick<QualityAxis, 'rises'>,
  y: Pick<QualityAxis, 'rises'>,
): T[] {
  const better = (a: number, b: number, rises: boolean) => (rises ? a > b : a < b);
  const dominates = (a: T, b: T) =>
    !better(b.x.value, a.x.value, x.rises) &&
    !better(b.y.value, a.y.value, y.rises) &&
    (better(a.x.value, b.x.value, x.rises) || better(a.y.value, b.y.value, y.rises));
  const ranked = results.filter((result) => result.ranked);
  return ranked
    .filter((result) => !ranked.some((other) => dominates(other, result)))
    .sort((a, b) => (x.rises ? a.x.value - b.x.value : b.x.value - a.x.value));
}

interface Step {
  x: number;
  y: number;
  x2: number;
  y2: number;
}

/** The edge of what is beaten: from the worst cost along the best quality, down at each result, to the worst quality. */
function frontSteps(results: readonly PlacedResult[], xAxis: QualityAxis, yAxis: QualityAxis): Step[] {
  const front = paretoFront(results, xAxis, yAxis);
  const worstX = xAxis.domain[xAxis.rises ? 0 : 1];
  const worstY = yAxis.domain[yAxis.rises ? 0 : 1];
  return front.flatMap(({ x, y }, i) => {
    const before = front[i - 1]?.x.value ?? worstX;
    const next = front[i + 1]?.y.value ?? worstY;
    return [
      { x: before, y: y.value, x2: x.value, y2: y.value },
      { x: x.value, y: y.value, x2: x.value, y2: next },
    ];
  });
}

function shareOf(value: number, { domain: [from, to], logarithmic }: QualityAxis): number {
  return logarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

function valueAt(part: number, { domain: [from, to], logarithmic }: QualityAxis): number {
  return logarithmic ? from * (to / from) ** part : from + (to - from) * part;
}
