/** What the axes and texts of the panels share: fields, quiet logarithmic ticks, room for printed values, one scale for several panels. */
import type { FontWeight } from '../render/fonts.ts';
import { textWidth } from '../render/text-width.ts';
import { fontSize, paper } from '../render/theme.ts';

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
export function rimmed<M extends object, L extends object>(mark: M, rest: L) {
  return [
    { ...rest, mark: { ...mark, stroke: paper, strokeWidth: 4 } },
    { ...rest, mark },
  ];
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
