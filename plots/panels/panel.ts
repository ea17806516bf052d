/**
 * What panels share: how they stand under each other, or two beside each other when there are many, for every host and weight
 * class has its own; fields of axes, quiet logarithmic ticks, room for printed values, one scale for several panels.
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

export interface Panel {
  /** Empty when the subtitle of the chart says it already. */
  readonly title: string;
  readonly cells: readonly PanelSpec[];
  /** Pixels between the cells, with the labels of the second one's axis if it has any. */
  readonly spacing?: number;
}

const cellSpacing = 22;

/** More panels would make each too small to read; the table has them all. */
export const mostPanels = 8;

/** Panels beside each other in a line of the chart. */
export function panelsAcross(count: number): number {
  return count > 3 ? 2 : 1;
}

export function panelWidth(across: number): number {
  return across === 1 ? chartWidth : chartWidth / across - 14;
}

/** How a chart stacks its panels. */
export interface Stack {
  /** Pixels of a row. */
  readonly rowHeight: number;
  /** Panels beside each other, where there are so many. */
  readonly across: (count: number) => number;
}

/** Rows of bars with points beneath; two panels beside each other when there are many. */
export const barStack: Stack = { rowHeight: 32, across: panelsAcross };
/** Smaller rows, where each panel has many columns. */
export const compactStack: Stack = { rowHeight: 25, across: () => 1 };
export const oneBelowOther: Stack = { rowHeight: 32, across: () => 1 };

export function panelStack(panels: readonly Panel[], across = 1): ChartSpec {
  const width = panelWidth(across);
  return {
    concat: panels.map((panel) => ({
      ...(panel.title === ''
        ? {}
        : { title: { text: wrap(panel.title, width * 0.88, subtitleSize, 'semibold'), frame: 'bounds' } }),
      hconcat: [...panel.cells],
      spacing: panel.spacing ?? cellSpacing,
      bounds: 'flush' as const,
    })),
    columns: across,
    align: 'each',
    spacing: { row: 26, column: 28 },
  };
}

export const quantitative = <F extends string>(field: F) => ({ field, type: 'quantitative' }) as const;
/** A field whose values are drawn as they are: colours, shapes, dashes. */
export const literal = <F extends string>(field: F) => ({ field, type: 'nominal', scale: null }) as const;
export const printed = <F extends string>(field: F) => ({ field, type: 'nominal' }) as const;

/** What an axis needs beside its title to be logarithmic and quiet. Vega thins even given values out to `tickCount`. */
export function logAxis(domain: readonly [number, number]): { values: number[]; tickCount: number } {
  const values = logTicks(domain);
  return { values, tickCount: values.length * 2 };
}

/** 1, 2 and 5 times the powers of ten inside a domain: all nine of a decade would be a fence behind the data. */
function logTicks([from, to]: readonly [number, number]): number[] {
  const within = (digits: readonly number[]) => {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
      for (const digit of digits) ticks.push(Number(`${digit}e${power}`));
    }
    return ticks.filter((tick) => tick >= from && tick <= to);
  };
  const fine = within([1, 2, 5]);
  return fine.length > 8 ? within([1]) : fine;
}

/** A text through which no line runs: it has a rim in the colour of the paper. */
export function rimmed<L extends { mark: object }>(layer: L) {
  return [{ ...layer, mark: { ...layer.mark, stroke: paper, strokeWidth: 4 } }, layer];
}

/** A text that is printed behind a mark. */
export interface Printed {
  /** Where the mark ends, in units of the axis. */
  readonly end: number;
  readonly text: string;
  /** Width of the panel, pixels. */
  readonly width: number;
}

/**
 * Where an axis has to end so that each text is inside its panel; -Infinity where there is none.
 * @param start of the axis
 * @param gap pixels before and behind the text
 */
export function endWithRoom(
  texts: readonly Printed[],
  {
    start,
    logarithmic,
    gap,
    weight = 'semibold',
  }: { start: number; logarithmic: boolean; gap: number; weight?: FontWeight },
): number {
  const forward = logarithmic ? Math.log : (value: number) => value;
  const back = logarithmic ? Math.exp : (value: number) => value;
  const ends = texts.map(({ end, text, width }) => {
    const room = Math.max(width - textWidth(text, fontSize, weight) - gap, width / 4);
    return back(forward(start) + ((forward(end) - forward(start)) * width) / room);
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

export const ownScales = 'Panels have scales of their own: read the printed values across panels, not the lengths.';
