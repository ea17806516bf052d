/** One roof: ceilings of a device as lines, frameworks below it as points, both axes logarithmic. */
import { significant } from '../../scripts/command-line/format.ts';
import type { RooflineCeiling, RooflinePanel, RooflinePoint } from '../data/roofline.ts';
import type { PanelSpec } from './chart.ts';
import { placeLabels, type Spot, widthOf } from './label-places.ts';
import { logAxis } from './log-ticks.ts';
import { frameworkColor } from './palette.ts';
import { ink, softInk } from './theme.ts';

const height = 330;
const nameHeight = 14;

interface Line {
  ceiling: RooflineCeiling;
  from: [x: number, y: number];
  to: [x: number, y: number];
}

type Domain = readonly [number, number];

export function rooflinePanel({ points, ceilings }: RooflinePanel, width: number): PanelSpec {
  const xDomain = xDomainOf(points, ceilings);
  const yDomain = yDomainOf(points, ceilings);
  const toPixels = (x: number, y: number): Spot => ({
    x: share(x, xDomain) * width,
    y: height - share(y, yDomain) * height,
  });
  const toValues = ({ x, y }: Spot) => ({
    x: valueAt(x / width, xDomain),
    y: valueAt(1 - y / height, yDomain),
  });
  const lines = linesOf(ceilings, xDomain, yDomain);
  const names = apart(lines.map((line) => ceilingName(line, toPixels, ceilings)));
  const labels = placeLabels(
    points.map((point) => ({ ...toPixels(point.flopPerByte, point.gigaflops), text: pointText(point) })),
    { width, height },
    { texts: names, lines: lines.map(({ from, to }) => [toPixels(...from), toPixels(...to)] as const) },
  );
  const drawn = points.map((point, i) => {
    const label = labels[i] ?? null;
    const end = label?.leader ?? toPixels(point.flopPerByte, point.gigaflops);
    return {
      x: point.flopPerByte,
      y: point.gigaflops,
      shape: point.phase === 'decode' ? 'circle' : 'square',
      stroke: frameworkColor(point.framework),
      fill: point.comparable ? frameworkColor(point.framework) : '#ffffff',
      text: label === null ? '' : pointText(point),
      textX: toValues(label ?? { x: 0, y: 0 }).x,
      textY: toValues(label ?? { x: 0, y: 0 }).y,
      endX: toValues(end).x,
      endY: toValues(end).y,
    };
  });
  const axis = (field: 'x' | 'y', domain: Domain, title: string) => ({
    field,
    type: 'quantitative' as const,
    scale: { type: 'log' as const, domain: [...domain], nice: false },
    axis: { title, grid: true, format: ',.3~r', ...logAxis(domain) },
  });
  const x = axis('x', xDomain, 'Arithmetic per byte read (FLOP/byte, logarithmic)');
  const y = axis('y', yDomain, 'Arithmetic (GFLOP/s, logarithmic)');
  const plain = (field: string) => ({ field, type: 'quantitative' }) as const;
  const raw = (field: string) => ({ field, type: 'nominal', scale: null }) as const;
  return {
    width,
    height,
    layer: [
      {
        data: { values: lines.map(({ from, to }) => ({ x: from[0], y: from[1], x2: to[0], y2: to[1] })) },
        mark: { type: 'rule', strokeWidth: 1.5, color: softInk },
        encoding: { x, y, x2: { field: 'x2' }, y2: { field: 'y2' } },
      },
      {
        data: { values: names.map(({ text, ...spot }) => ({ text, ...toValues(spot) })) },
        mark: { type: 'text', align: 'left', baseline: 'middle', color: softInk },
        encoding: { x: plain('x'), y: plain('y'), text: { field: 'text', type: 'nominal' } },
      },
      {
        data: { values: drawn },
        mark: { type: 'rule', strokeWidth: 0.7, color: softInk },
        encoding: { x: plain('x'), y: plain('y'), x2: { field: 'endX' }, y2: { field: 'endY' } },
      },
      {
        data: { values: drawn },
        mark: { type: 'point', size: 75, strokeWidth: 1.8, opacity: 1 },
        encoding: { x: plain('x'), y: plain('y'), shape: raw('shape'), fill: raw('fill'), stroke: raw('stroke') },
      },
      {
        data: { values: drawn },
        mark: { type: 'text', align: 'left', baseline: 'middle', color: ink },
        encoding: { x: plain('textX'), y: plain('textY'), text: { field: 'text', type: 'nominal' } },
      },
    ],
  };
}

/** `llamacpp q8_0 71 %`: of the bandwidth when decoding, of the arithmetic when reading the prompt. */
function pointText({ name, utilization }: RooflinePoint): string {
  return utilization === null ? name : `${name} ${percent(utilization)}`;
}

export function percent(share: number): string {
  return `${significant(share * 100, 2)} %`;
}

/** Slanted up to the highest arithmetic, level from the widest bandwidth on. */
function linesOf(ceilings: readonly RooflineCeiling[], xDomain: Domain, yDomain: Domain): Line[] {
  const bandwidths = ceilings.filter(({ kind }) => kind === 'bandwidth').map(({ value }) => value);
  const peaks = ceilings.filter(({ kind }) => kind === 'arithmetic').map(({ value }) => value);
  const [widest, highest] = [Math.max(...bandwidths), Math.max(...peaks)];
  return ceilings.map((ceiling) => {
    const { kind, value } = ceiling;
    if (kind === 'arithmetic') {
      const start = bandwidths.length === 0 ? xDomain[0] : Math.max(xDomain[0], value / widest);
      return { ceiling, from: [start, value], to: [xDomain[1], value] };
    }
    const top = peaks.length === 0 ? yDomain[1] : Math.min(yDomain[1], highest);
    const start = Math.max(xDomain[0], yDomain[0] / value);
    const end = Math.min(xDomain[1], top / value);
    return { ceiling, from: [start, start * value], to: [end, end * value] };
  });
}

/**
 * Above the right end of a level line; to the left of a slanted one, as far up as there is room, or to its right where
 * another one runs on the left.
 */
function ceilingName(
  { ceiling, from, to }: Line,
  toPixels: (x: number, y: number) => Spot,
  all: readonly RooflineCeiling[],
): Spot & { text: string } {
  const { kind, label, value } = ceiling;
  const unit = kind === 'bandwidth' ? 'B/s' : label === 'int8' ? 'op/s' : 'FLOP/s';
  const text =
    value < 10_000 ? `${label} ${significant(value)} G${unit}` : `${label} ${significant(value / 1000)} T${unit}`;
  const [start, end] = [toPixels(...from), toPixels(...to)];
  const room = widthOf(text) + 8;
  if (kind === 'arithmetic') return { text, x: end.x - room, y: end.y - 9 };
  const isLower = all.some((other) => other.kind === 'bandwidth' && other.value > value);
  if (isLower) return { text, x: start.x + (end.x - start.x) * 0.5 + 12, y: start.y + (end.y - start.y) * 0.5 + 8 };
  const up = Math.min(0.95, Math.max(0.4, (room - start.x) / (end.x - start.x)));
  const spot = { x: start.x + (end.x - start.x) * up, y: start.y + (end.y - start.y) * up };
  return { text, x: spot.x - room, y: spot.y - 5 };
}

type Name = Spot & { text: string };

/** Names of lines that lie on each other stand in a row. */
function apart(names: readonly Name[]): Name[] {
  const placed: Name[] = [];
  for (const name of names) {
    const clash = placed
      .filter(
        ({ x, y, text }) =>
          Math.abs(y - name.y) < nameHeight && x < name.x + widthOf(name.text) && name.x < x + widthOf(text),
      )
      .toSorted((a, b) => a.x - b.x)[0];
    placed.push(clash === undefined ? name : { ...name, x: clash.x - widthOf(name.text) - 14 });
  }
  return placed;
}

function xDomainOf(points: readonly RooflinePoint[], ceilings: readonly RooflineCeiling[]): Domain {
  const memory = ceilings.find(({ label }) => label === 'memory')?.value;
  const peak = Math.max(0, ...ceilings.filter(({ kind }) => kind === 'arithmetic').map(({ value }) => value));
  const ridge = memory === undefined || peak === 0 ? [] : [peak / memory];
  const values = [...points.map(({ flopPerByte }) => flopPerByte), ...ridge];
  return [Math.min(...values) / 6, Math.max(...values) * 4];
}

function yDomainOf(points: readonly RooflinePoint[], ceilings: readonly RooflineCeiling[]): Domain {
  const peaks = ceilings.filter(({ kind }) => kind === 'arithmetic').map(({ value }) => value);
  const values = [...points.map(({ gigaflops }) => gigaflops), ...peaks];
  return [Math.min(...values) / 3, Math.max(...values) * 2.5];
}

function share(value: number, [from, to]: Domain): number {
  return Math.log(value / from) / Math.log(to / from);
}

function valueAt(part: number, [from, to]: Domain): number {
  return from * (to / from) ** part;
}
