/** One roof: ceilings of a device as lines, frameworks below it as points, both axes logarithmic. */
import { percent } from '../../scripts/command-line/format.ts';
import type { RooflinePanel, RooflinePoint } from '../data/roofline.ts';
import { wrap } from '../render/text-width.ts';
import { fontSize, frameworkColor, ink, paper, softInk } from '../render/theme.ts';
import { isCrowded, labelColumns } from './label-columns.ts';
import { placeLabels, type Size, type Spot, type Surroundings } from './label-places.ts';
import {
  type Domain,
  literal,
  logAxis,
  type PanelSpec,
  partOf,
  printed,
  quantitative,
  type Scale,
  scaleFrom,
  valueAt,
} from './panel.ts';
import { ceilingLines, namedLines, nameLines, valuesOf } from './roofline-ceilings.ts';

const height = 330;

/** Of both axes, so that all panels of a chart have the same. */
type RooflineScale = Readonly<Record<'x' | 'y', Scale>>;

export function rooflineScale(panels: readonly RooflinePanel[]): RooflineScale {
  const widest = (domainOf: (panel: RooflinePanel) => Domain) => {
    const domains = panels.map(domainOf);
    const domain: Domain = [Math.min(...domains.map(([from]) => from)), Math.max(...domains.map(([, to]) => to))];
    return { domain, logarithmic: true };
  };
  return { x: widest(xDomainOf), y: widest(yDomainOf) };
}

function xDomainOf({ points, ceilings }: RooflinePanel): Domain {
  const [bandwidths, peaks] = [valuesOf(ceilings, 'bandwidth'), valuesOf(ceilings, 'arithmetic')];
  const ridge = bandwidths.length === 0 || peaks.length === 0 ? [] : [Math.max(...peaks) / Math.min(...bandwidths)];
  const values = [...points.map(({ flopPerByte }) => flopPerByte), ...ridge];
  return [Math.min(...values) / 6, Math.max(...values) * 4];
}

function yDomainOf({ points, ceilings }: RooflinePanel): Domain {
  const values = [...points.map(({ gigaflops }) => gigaflops), ...valuesOf(ceilings, 'arithmetic')];
  return [Math.min(...values) / 3, Math.max(...values) * 2.5];
}

export function rooflinePanel({ points, ceilings }: RooflinePanel, scale: RooflineScale, width: number): PanelSpec {
  const toPixels = ({ x, y }: Spot): Spot => ({
    x: partOf(x, scale.x) * width,
    y: height - partOf(y, scale.y) * height,
  });
  const toValues = ({ x, y }: Spot): Spot => ({
    x: valueAt(x / width, scale.x),
    y: valueAt(1 - y / height, scale.y),
  });
  const lines = ceilingLines(ceilings, scale.x.domain, scale.y.domain);
  const drawnLines = lines.map(({ ceiling, from, to }) => ({ ceiling, from: toPixels(from), to: toPixels(to) }));
  const places = points.map((point) => ({ point, spot: toPixels({ x: point.flopPerByte, y: point.gigaflops }) }));
  const names = nameLines(
    namedLines(drawnLines),
    places.map(({ spot }) => spot),
    { width, height },
  );
  const surroundings = { texts: names, lines: drawnLines.map(({ from, to }) => [from, to] as const) };
  const drawn = labelledPoints(places, { width, height }, surroundings).map(({ point, spot, text, label }) => {
    const [anchor, end] = [toValues(label?.anchor ?? { x: 0, y: 0 }), toValues(label?.leader ?? spot)];
    return {
      x: point.flopPerByte,
      y: point.gigaflops,
      shape: point.phase === 'decode' ? 'circle' : 'square',
      stroke: frameworkColor(point.framework),
      fill: point.comparable ? frameworkColor(point.framework) : paper,
      text: label === null ? '' : text,
      align: label?.align ?? 'left',
      textX: anchor.x,
      textY: anchor.y,
      endX: end.x,
      endY: end.y,
    };
  });
  const axis = (field: 'x' | 'y', title: string) => ({
    ...quantitative(field),
    scale: scaleFrom(scale[field]),
    axis: { title, grid: true, format: ',.3~r', ...logAxis(scale[field].domain) },
  });
  const x = axis('x', 'Arithmetic per byte read (FLOP/byte, logarithmic)');
  const y = axis('y', 'Arithmetic (GFLOP/s, logarithmic)');
  const marks = { x: quantitative('x'), y: quantitative('y') };
  return {
    width,
    height,
    layer: [
      {
        data: { values: lines.map(({ from, to }) => ({ ...from, x2: to.x, y2: to.y })) },
        mark: { type: 'rule', strokeWidth: 1.5, color: softInk },
        encoding: { x, y, x2: { field: 'x2' }, y2: { field: 'y2' } },
      },
      {
        data: { values: names.map(({ text, ...spot }) => ({ text, ...toValues(spot) })) },
        mark: { type: 'text', align: 'left', baseline: 'middle', color: softInk },
        encoding: { ...marks, text: printed('text') },
      },
      {
        data: { values: drawn },
        mark: { type: 'rule', strokeWidth: 0.7, color: softInk },
        encoding: { ...marks, x2: { field: 'endX' }, y2: { field: 'endY' } },
      },
      {
        data: { values: drawn },
        mark: { type: 'point', size: 75, strokeWidth: 1.8, opacity: 1 },
        encoding: { ...marks, shape: literal('shape'), fill: literal('fill'), stroke: literal('stroke') },
      },
      ...(['left', 'center', 'right'] as const).map((align) => ({
        data: { values: drawn.filter((point) => point.align === align) },
        mark: { type: 'text', align, baseline: 'middle', color: ink } as const,
        encoding: { x: quantitative('textX'), y: quantitative('textY'), text: printed('text') },
      })),
    ],
  };
}

interface PlacedPoint {
  readonly point: RooflinePoint;
  /** Pixels. */
  readonly spot: Spot;
}

/** Labels beside their points; where there are too many for that, shorter ones in columns. */
function labelledPoints(points: readonly PlacedPoint[], size: Size, surroundings: Surroundings) {
  const inFull = points.map(({ point, spot }) => ({ ...spot, text: pointText(point) }));
  const single = placeLabels(inFull, size, surroundings);
  const isDense = isCrowded(single);
  const texts = isDense ? points.map(({ point, spot }) => ({ ...spot, text: shortText(point) })) : inFull;
  const labels = isDense ? labelColumns(texts, size, surroundings) : single;
  return points.map((point, i) => ({ ...point, text: texts[i]?.text ?? '', label: labels[i] ?? null }));
}

/** `llamacpp q8_0 71 %`: of the bandwidth when decoding, of the arithmetic when reading the prompt. */
function pointText(point: RooflinePoint): string {
  const share = shareText(point);
  return share === null ? point.name : `${point.name} ${share}`;
}

/** Where there are many, a long name would lie on the points of others. Pixels. */
const longestName = 130;

function shortText(point: RooflinePoint): string {
  const [name = point.title] = wrap(point.title, longestName, fontSize, 'regular', 1);
  return pointText({ ...point, name: point.name.replace(point.title, () => name) });
}

/** `≥ ` before what is made of a prefill rate that is a lower bound. */
export function boundBefore({ phase, run }: RooflinePoint): string {
  return phase === 'prefill' && run.prefill_is_lower_bound === true ? '≥ ' : '';
}

/** Null where the ceiling is unknown. */
export function shareText(point: RooflinePoint): string | null {
  return point.utilization === null ? null : `${boundBefore(point)}${percent(point.utilization)}`;
}
