/** Labels above a panel like flags on poles: each name begins at its pole, and no pole runs through a name. Pixels. */

import { fontSize } from '../render/theme.ts';
import { widthOf } from './labels/places.ts';

export const flagStep = fontSize + 4;
/** Between a pole and its name, and behind the name. */
const gap = 4;

/**
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
  return gap + widthOf(text) + gap;
}

/** Where the text begins, seen from its pole. */
export const flagOffset = gap;
