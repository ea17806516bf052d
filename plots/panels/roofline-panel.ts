/** One roof: ceilings of a device as lines, frameworks below it as points, both axes logarithmic. */
import { significant } from '../../scripts/command-line/format.ts';
import type { RooflineCeiling, RooflinePanel, RooflinePoint } from '../data/roofline.ts';
import { wrap } from '../render/text-width.ts';
import { fontSize, frameworkColor, ink, paper, softInk } from '../render/theme.ts';
import { isCrowded, labelColumns } from './labels/columns.ts';
import { nameLines } from './labels/line-names.ts';
import { placeLabels, type Spot } from './labels/places.ts';
import { literal, logAxis, type PanelSpec, printed, quantitative } from './panel.ts';

const height = 330;

interface Line {
  ceiling: RooflineCeiling;
  from: [x: number, y: number];
  to: [x: number, y: number];
}

type Domain = readonly [number, number];

/** Of both axes, so that all panels of a chart have the same. */
export interface RooflineScale {
  readonly xDomain: Domain;
  readonly yDomain: Domain;
}

export function rooflineScale(panels: readonly RooflinePanel[]): RooflineScale {
  const widest = (domains: readonly Domain[]): Domain => [
    Math.min(...domains.map(([from]) => from)),
    Math.max(...domains.map(([, to]) => to)),
  ];
  return {
    xDomain: widest(panels.map(({ points, ceilings }) => xDomainOf(points, ceilings))),
    yDomain: widest(panels.map(({ points, ceilings }) => yDomainOf(points, ceilings))),
  };
}

export function rooflinePanel(
  { points, ceilings }: RooflinePanel,
  { xDomain, yDomain }: RooflineScale,
  width: number,
): PanelSpec {
  const toPixels = (x: number, y: number): Spot => ({
    x: share(x, xDomain) * width,
    y: height - share(y, yDomain) * height,
  });
  const toValues = ({ x, y }: Spot) => ({
    x: valueAt(x / width, xDomain),
    y: valueAt(1 - y / height, yDomain),
  });
  const lines = linesOf(ceilings, xDomain, yDomain);
  const marks = points.map((point) => toPixels(point.flopPerByte, point.gigaflops));
  const names = nameLines(
    together(lines, (line) => toPixels(...line.from)).map(({ ceilings: named, line: { from, to } }) => ({
      text: ceilingText(named),
      from: toPixels(...from),
      to: toPixels(...to),
    })),
    marks,
    { width, height },
  );
  const named = points.map((point) => ({ ...toPixels(point.flopPerByte, point.gigaflops), text: pointText(point) }));
  const shortened = named.map((spot, i) => ({ ...spot, text: shortText(points[i]) ?? spot.text }));
  const surroundings = {
    texts: names,
    lines: lines.map(({ from, to }) => [toPixels(...from), toPixels(...to)] as const),
  };
  const single = placeLabels(named, { width, height }, surroundings);
  const isDense = isCrowded(single);
  const labels = isDense ? labelColumns(shortened, { width, height }, surroundings) : single;
  const drawn = points.map((point, i) => {
    const label = labels[i] ?? null;
    const end = label?.leader ?? toPixels(point.flopPerByte, point.gigaflops);
    return {
      x: point.flopPerByte,
      y: point.gigaflops,
      shape: point.phase === 'decode' ? 'circle' : 'square',
      stroke: frameworkColor(point.framework),
      fill: point.comparable ? frameworkColor(point.framework) : paper,
      text: label === null ? '' : ((isDense ? shortened : named)[i]?.text ?? ''),
      align: label?.align ?? 'left',
      textX: toValues(label?.anchor ?? { x: 0, y: 0 }).x,
      textY: toValues(label?.anchor ?? { x: 0, y: 0 }).y,
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
        encoding: { x: quantitative('x'), y: quantitative('y'), text: printed('text') },
      },
      {
        data: { values: drawn },
        mark: { type: 'rule', strokeWidth: 0.7, color: softInk },
        encoding: { x: quantitative('x'), y: quantitative('y'), x2: { field: 'endX' }, y2: { field: 'endY' } },
      },
      {
        data: { values: drawn },
        mark: { type: 'point', size: 75, strokeWidth: 1.8, opacity: 1 },
        encoding: {
          x: quantitative('x'),
          y: quantitative('y'),
          shape: literal('shape'),
          fill: literal('fill'),
          stroke: literal('stroke'),
        },
      },
      ...(['left', 'center', 'right'] as const).map((align) => ({
        data: { values: drawn.filter((point) => point.align === align) },
        mark: { type: 'text' as const, align, baseline: 'middle' as const, color: ink },
        encoding: { x: quantitative('textX'), y: quantitative('textY'), text: printed('text') },
      })),
    ],
  };
}

/** `llamacpp q8_0 71 %`: of the bandwidth when decoding, of the arithmetic when reading the prompt. */
function pointText(point: RooflinePoint): string {
  const share = shareText(point);
  return share === null ? point.name : `${point.name} ${share}`;
}

/** Where there are many, a long name would lie on the points of others. Pixels. */
const longestName = 130;

function shortText(point: RooflinePoint | undefined): string | undefined {
  if (point === undefined) return undefined;
  const [name = point.framework] = wrap(point.framework, longestName, fontSize, 'regular', 1);
  return pointText({ ...point, name: point.name.replace(point.framework, () => name) });
}

/** `≥ ` before what is made of a prefill rate that is a lower bound. */
export function boundBefore({ phase, run }: RooflinePoint): string {
  return phase === 'prefill' && run.prefill_is_lower_bound === true ? '≥ ' : '';
}

/** Null where the ceiling is unknown. */
export function shareText(point: RooflinePoint): string | null {
  return point.utilization === null ? null : `${boundBefore(point)}${percent(point.utilization)}`;
}

export function percent(share: number): string {
  return `${significant(share * 100, 2)} %`;
}

interface Named {
  ceilings: [RooflineCeiling, ...RooflineCeiling[]];
  line: Line;
}

/** Closer lines of one label have one name: between them there is no room for a second one. Pixels. */
const oneNameWithin = 24;

/** @param startOf the left end of a line */
function together(lines: readonly Line[], startOf: (line: Line) => Spot): Named[] {
  const named: Named[] = [];
  for (const line of lines.toSorted((a, b) => b.ceiling.value - a.ceiling.value)) {
    const { kind, label } = line.ceiling;
    const near = named.find(
      ({ ceilings: [first], line: other }) =>
        kind === 'bandwidth' &&
        first.kind === kind &&
        first.label === label &&
        Math.abs(startOf(other).y - startOf(line).y) < oneNameWithin,
    );
    if (near === undefined) named.push({ ceilings: [line.ceiling], line });
    else near.ceilings.push(line.ceiling);
  }
  return named;
}

/** `memory 32.0 GB/s`, `cache 69.8 to 72.9 GB/s (1.00 to 4.00 MiB)`. */
function ceilingText(ceilings: Named['ceilings']): string {
  const [{ kind, label, value }] = ceilings;
  const unit = kind === 'bandwidth' ? 'B/s' : label === 'int8' ? 'op/s' : 'FLOP/s';
  const [prefix, divisor] = value < 10_000 ? ['G', 1] : ['T', 1000];
  const amounts = ceilings.map((ceiling) => ceiling.value / divisor);
  const sizes = ceilings.flatMap(({ readBytes }) => (readBytes === null ? [] : readBytes / 2 ** 20));
  return `${label} ${range(amounts)} ${prefix}${unit}${sizes.length === 0 ? '' : ` (${range(sizes)} MiB)`}`;
}

function range(values: readonly number[]): string {
  const [least, most] = [significant(Math.min(...values)), significant(Math.max(...values))];
  return least === most ? least : `${least} to ${most}`;
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

function xDomainOf(points: readonly RooflinePoint[], ceilings: readonly RooflineCeiling[]): Domain {
  const bandwidths = ceilings.filter(({ kind }) => kind === 'bandwidth').map(({ value }) => value);
  const memory = bandwidths.length === 0 ? undefined : Math.min(...bandwidths);
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
