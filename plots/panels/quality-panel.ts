/** Quality over a cost, a point each result, with both intervals, the Pareto front, and the names on flags above. */
import { ticks } from 'd3-array';
import { fontSize, frameworkColor, ink, paper, softInk } from '../render/theme.ts';
import { widthOf } from './label-places.ts';
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
import { frontSteps, type Placed, type QualityAxis } from './quality-axes.ts';

/** Without the flags. */
const plotHeight = 190;
/** Names at the right edge get so much of the width at most. */
const widestNames = 0.5;

export function qualityPanel({ results, x: xAxis, y: yAxis }: Placed, width: number): PanelSpec {
  const names = Math.min(widestNames * width, Math.max(...results.map(({ name }) => flagWidth(name))));
  const xScale = widened(xAxis, width / (width - names));
  const rows = flagRows(
    results.map(({ x, y, name }) => ({ x: partOf(x.value, xScale) * width, height: y.value, text: name })),
  );
  const height = plotHeight + (Math.max(...rows) + 1) * flagStep;
  const yScale = widened(yAxis, height / plotHeight);
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
    flag: valueAt((plotHeight + ((rows[i] ?? 0) + 0.5) * flagStep) / height, yScale),
  }));
  const axes = {
    x: { ...quantitative('x'), scale: scaleFrom(xScale), axis: { ...ticksOf(xAxis, xScale.domain), grid: false } },
    // Where a percentage ends at 100 its ticks do.
    y: { ...quantitative('y'), scale: scaleFrom(yScale), axis: { ...ticksOf(yAxis, yAxis.domain), ticks: false } },
  };
  const marks = { x: quantitative('x'), y: quantitative('y') };
  const ends = { x2: { field: 'x2' }, y2: { field: 'y2' } };
  return {
    width,
    height,
    layer: [
      {
        data: { values: frontSteps(results, { ...xAxis, ...xScale }, yAxis) },
        mark: { type: 'rule', strokeWidth: 1.2, strokeDash: [5, 4], color: softInk },
        encoding: { ...axes, ...ends },
      },
      {
        data: { values: drawn },
        mark: { type: 'rule', strokeWidth: 0.7, color: softInk },
        encoding: { ...marks, y: quantitative('top'), y2: { field: 'flag' } },
      },
      {
        data: { values: bars },
        mark: { type: 'rule', strokeWidth: 1.6 },
        encoding: { ...marks, ...ends, stroke: literal('stroke') },
      },
      {
        data: { values: drawn },
        mark: { type: 'point', shape: 'circle', size: 75, strokeWidth: 1.8, opacity: 1 },
        encoding: { ...marks, fill: literal('fill'), stroke: literal('stroke') },
      },
      {
        data: { values: drawn },
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: poleGap, color: ink },
        encoding: { ...marks, y: quantitative('flag'), text: printed('text') },
      },
    ],
  };
}

/** The same scale going on beyond its upper end. */
function widened(scale: Scale, factor: number): Scale {
  return { logarithmic: scale.logarithmic, domain: [scale.domain[0], valueAt(factor, scale)] };
}

function ticksOf({ title, format, logarithmic }: QualityAxis, domain: Domain) {
  const at = logarithmic ? logAxis(domain) : { values: ticks(...domain, 6) };
  return { title, format, grid: true, ticks: true, ...at };
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
