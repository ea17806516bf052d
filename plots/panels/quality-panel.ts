/** Quality over a cost, a point each result, with both intervals, the Pareto front, and the names on flags above. */
import { ticks } from 'd3-array';
import { fontSize, frameworkColor, ink, paper, softInk } from '../render/theme.ts';
import { widthOf } from './labels/places.ts';
import { literal, logAxis, type PanelSpec, printed, quantitative } from './panel.ts';
import { frontSteps, type Placed, type QualityAxis } from './quality-axes.ts';

/** Without the flags. */
const plotHeight = 190;
/** Names at the right edge get so much of the width at most. */
const widestNames = 0.5;

export function qualityPanel({ results, x: xAxis, y: yAxis }: Placed, width: number): PanelSpec {
  const names = Math.min(widestNames * width, Math.max(...results.map(({ name }) => flagWidth(name))));
  const xDomain = widened(xAxis, width / (width - names));
  const flags = results.map(({ x, y, name }) => ({
    x: shareOf(x.value, xDomain, xAxis) * width,
    height: y.value,
    text: name,
  }));
  const rows = flagRows(flags);
  const flagsHeight = (Math.max(...rows) + 1) * flagStep;
  const height = plotHeight + flagsHeight;
  const yDomain = widened(yAxis, height / plotHeight);
  const flagY = (row: number) => valueAt((plotHeight + (row + 0.5) * flagStep) / height, yDomain, yAxis);
  const bars = results.flatMap(({ x, y, framework }) => [
    { x: x.low, y: y.value, x2: x.high, y2: y.value, stroke: frameworkColor(framework) },
    { x: x.value, y: y.low, x2: x.value, y2: y.high, stroke: frameworkColor(framework) },
  ]);
  const drawn = results.map(({ x, y, name, framework, ranked }, i) => ({
    x: x.value,
    y: y.value,
    top: y.high,
    stroke: frameworkColor(framework),
    fill: ranked ? frameworkColor(framework) : paper,
    text: name,
    flag: flagY(rows[i] ?? 0),
  }));
  const encoded = (field: 'x' | 'y', axis: QualityAxis, domain: Domain) => ({
    field,
    type: 'quantitative' as const,
    scale: { type: axis.logarithmic ? ('log' as const) : ('linear' as const), domain: [...domain], nice: false },
    axis: {
      title: axis.title,
      // Vertical lines would run through the names.
      grid: field === 'y',
      ticks: field === 'x',
      format: axis.format,
      ...ticksOf(axis, field === 'x' ? domain : axis.domain),
    },
  });
  const x = encoded('x', xAxis, xDomain);
  const y = encoded('y', yAxis, yDomain);
  return {
    width,
    height,
    layer: [
      {
        data: { values: frontSteps(results, { ...xAxis, domain: xDomain }, yAxis) },
        mark: { type: 'rule', strokeWidth: 1.2, strokeDash: [5, 4], color: softInk },
        encoding: { x, y, x2: { field: 'x2' }, y2: { field: 'y2' } },
      },
      {
        data: { values: drawn },
        mark: { type: 'rule', strokeWidth: 0.7, color: softInk },
        encoding: { x: quantitative('x'), y: quantitative('top'), y2: { field: 'flag' } },
      },
      {
        data: { values: bars },
        mark: { type: 'rule', strokeWidth: 1.6 },
        encoding: {
          x: quantitative('x'),
          y: quantitative('y'),
          x2: { field: 'x2' },
          y2: { field: 'y2' },
          stroke: literal('stroke'),
        },
      },
      {
        data: { values: drawn },
        mark: { type: 'point', shape: 'circle', size: 75, strokeWidth: 1.8, opacity: 1 },
        encoding: { x: quantitative('x'), y: quantitative('y'), fill: literal('fill'), stroke: literal('stroke') },
      },
      {
        data: { values: drawn },
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: poleGap, color: ink },
        encoding: { x: quantitative('x'), y: quantitative('flag'), text: printed('text') },
      },
    ],
  };
}

type Domain = readonly [number, number];

/** The same scale going on beyond its upper end. */
function widened({ domain: [from, to], logarithmic }: QualityAxis, factor: number): Domain {
  return [from, logarithmic ? from * (to / from) ** factor : from + (to - from) * factor];
}

/** Where a percentage ends at 100 its ticks do. */
function ticksOf({ logarithmic }: QualityAxis, domain: Domain) {
  return logarithmic ? logAxis(domain) : { values: ticks(...domain, 6) };
}

function shareOf(value: number, [from, to]: Domain, { logarithmic }: QualityAxis): number {
  return logarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

function valueAt(part: number, [from, to]: Domain, { logarithmic }: QualityAxis): number {
  return logarithmic ? from * (to / from) ** part : from + (to - from) * part;
}

/** Pixels of a row of flags. */
const flagStep = fontSize + 4;
/** Between a pole and its name, and behind the name. */
const poleGap = 4;

/**
 * Names above a panel like flags on poles: each begins at its pole, and no pole runs through a name. Pixels.
 * @param flags with the height of what they name: on one pole names stand in that order
 * @returns the row of each name, 0 for the lowest one: above all poles that stand within its width
 */
export function flagRows(flags: ReadonlyArray<{ x: number; height: number; text: string }>): number[] {
  const rows = flags.map(() => 0);
  const fromRight = flags.map((flag, index) => ({ ...flag, index })).sort((a, b) => b.x - a.x || a.height - b.height);
  for (const [place, { x, text, index }] of fromRight.entries()) {
    const end = x + flagWidth(text);
    const inTheWay = fromRight.slice(0, place).filter((other) => other.x <= end);
    rows[index] = inTheWay.length === 0 ? 0 : 1 + Math.max(...inTheWay.map((other) => rows[other.index] ?? 0));
  }
  return rows;
}

export function flagWidth(text: string): number {
  return poleGap + widthOf(text) + poleGap;
}
