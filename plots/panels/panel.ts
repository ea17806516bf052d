/**
 * What panels share: how they stand under each other, or two beside each other when there are many, for every host and weight
 * class has its own; fields and scales of axes, quiet logarithmic ticks, room for printed values, one scale for several panels.
 */
import type {
  GenericConcatSpec,
  NonNormalizedSpec,
  LayerSpec as VegaLayer,
} from 'vega-lite/types_unstable/spec/index.js';
import type { FontWeight } from '../render/fonts.ts';
import { textWidth, wrap } from '../render/text-width.ts';
import { chartWidth, fontSize, paper, subtitleSize } from '../render/theme.ts';

export type ChartSpec = GenericConcatSpec<NonNormalizedSpec>;
export type PanelSpec = VegaLayer<string>;
export type Layer = Exclude<PanelSpec['layer'][number], { layer: unknown }>;

export interface Panel {
  readonly title: string;
  readonly cells: readonly PanelSpec[];
}

/** More panels would make each too small to read; the table has them all. */
export const mostPanels = 8;

/** Panels beside each other in a line of the chart. */
export function panelsAcross(count: number): number {
  return count > 3 ? 2 : 1;
}

export function panelWidth(across = 1, width = chartWidth): number {
  return across === 1 ? width : width / across - 14;
}

/** Pixels between the cells of a panel. */
export const cellSpacing = 22;

interface Arrangement {
  readonly across?: number;
  /** Pixels between the cells, with the labels of the second one's axis if it has any. */
  readonly spacing?: number;
  /** The subtitle of the chart says what a single panel shows, unless it is told to have its title. */
  readonly titled?: boolean;
}

export function panelStack(
  panels: readonly Panel[],
  { across = 1, spacing = cellSpacing, titled = panels.length > 1 }: Arrangement = {},
): ChartSpec {
  const width = panelWidth(across) * 0.88;
  const headed = ({ title }: Panel) =>
    titled && title !== ''
      ? { title: { text: wrap(title, width, subtitleSize, 'semibold'), frame: 'bounds' as const } }
      : {};
  return {
    concat: panels.map((panel) => ({ ...headed(panel), hconcat: [...panel.cells], spacing, bounds: 'flush' })),
    columns: across,
    align: 'each',
    spacing: { row: 26, column: 28 },
  };
}

export const quantitative = <F extends string>(field: F) => ({ field, type: 'quantitative' }) as const;
/** A field whose values are drawn as they are: colours, shapes, dashes. */
export const literal = <F extends string>(field: F) => ({ field, type: 'nominal', scale: null }) as const;
export const printed = <F extends string>(field: F) => ({ field, type: 'nominal' }) as const;

/** A text through which no line runs: it has a rim in the colour of the paper. */
export function rimmed<L extends { mark: object }>(layer: L) {
  return [{ ...layer, mark: { ...layer.mark, stroke: paper, strokeWidth: 4 } }, layer];
}

/** Title of a vertical axis that stands above its upper end, pixels above it. */
export function titleAbove(title: string, above: number) {
  return { title, titleAngle: 0, titleAlign: 'left', titleAnchor: 'end', titleX: 0, titleY: -above } as const;
}

export type Domain = readonly [number, number];

/** The ends of an axis. */
export interface Scale {
  readonly domain: Domain;
  readonly logarithmic: boolean;
}

/** An axis from one end of the domain to the other. */
export function scaleFrom({ domain, logarithmic }: Scale) {
  const ends = { domain: [...domain], nice: false };
  return logarithmic ? { type: 'log' as const, ...ends } : { type: 'linear' as const, ...ends, zero: false };
}

/** The part of the axis below a value, 0 to 1 within the domain. */
export function partOf(value: number, { domain: [from, to], logarithmic }: Scale): number {
  return logarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

/** The value at a part of the axis. */
export function valueAt(part: number, { domain: [from, to], logarithmic }: Scale): number {
  return logarithmic ? from * (to / from) ** part : from + (to - from) * part;
}

/** What an axis needs beside its title to be logarithmic and quiet. Vega thins even given values out to `tickCount`. */
export function logAxis(domain: Domain): { values: number[]; tickCount: number } {
  const values = logTicks(domain);
  return { values, tickCount: values.length * 2 };
}

/** 1, 2 and 5 times the powers of ten inside a domain: all nine of a decade would be a fence behind the data. */
function logTicks([from, to]: Domain): number[] {
  const [least, most] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const powers = Array.from({ length: most - least + 1 }, (_, i) => least + i);
  const within = (digits: readonly number[]) =>
    powers
      .flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)))
      .filter((tick) => tick >= from && tick <= to);
  const fine = within([1, 2, 5]);
  return fine.length > 8 ? within([1]) : fine;
}

/**
 * Where an axis has to end so that each text behind a mark is inside its panel; -Infinity where there is none.
 * @param texts with the end of the mark in units of the axis, and the width of the panel in pixels
 * @param axis `start` in its units, `gap` pixels before and behind the text
 */
export function endWithRoom(
  texts: ReadonlyArray<{ readonly end: number; readonly text: string; readonly width: number }>,
  axis: { start: number; logarithmic: boolean; gap: number; weight?: FontWeight },
): number {
  const { start, logarithmic, gap, weight = 'semibold' } = axis;
  const ends = texts.map(({ end, text, width }) => {
    const room = Math.max(width - textWidth(text, fontSize, weight) - gap, width / 4);
    return valueAt(width / room, { domain: [start, end], logarithmic });
  });
  return Math.max(...ends);
}

/** A panel whose largest value is less than this part of the largest of all would be flattened. */
const flattened = 6;

/**
 * Whether all panels of a chart can have one scale, so that they can be read across.
 * @param largest of each panel; panels without a figure have 0 and do not count
 */
export function shareScale(largest: readonly number[]): boolean {
  const known = largest.filter((value) => value > 0);
  return known.length === 0 || Math.min(...known) * flattened >= Math.max(...known);
}

/** What the small print says where panels do not share their scales. */
export function scaleLines(shared: boolean): string[] {
  return shared ? [] : ['Panels have scales of their own: read the printed values across panels, not the lengths.'];
}
