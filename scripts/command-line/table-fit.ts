/**
 * A table no wider than the screen. First headers and texts break between words; then columns are left out, those that count
 * least first. A number is never broken.
 */
import { brokenLines, displayWidth } from './screen-text.ts';

export interface FittedTable {
  /** Places of the columns that are shown. */
  shown: readonly number[];
  /** Of those. */
  widths: readonly number[];
}

export interface TableText {
  header: readonly string[];
  rows: ReadonlyArray<readonly string[]>;
  /** l or r of a column. */
  alignOf: (column: number) => 'l' | 'r';
  /** Places of columns, the first to be left out in front. */
  dropOrder: readonly number[];
}

export const columnGap = 2;
/** A text narrower than this is no longer read with ease. */
const narrowestText = 24;

export function fitTable(table: TableText, width: number): FittedTable {
  const all = table.header.map((_, column) => boundsOf(table, column));
  let shown = table.header.map((_, column) => column);
  for (const dropped of [null, ...table.dropOrder]) {
    if (dropped !== null) shown = shown.filter((column) => column !== dropped);
    const bounds = shown.map((column) => all[column] ?? { most: 0, least: 0 });
    const room = width - columnGap * (shown.length - 1);
    if (sum(bounds.map(({ least }) => least)) <= room || shown.length === 1) {
      return { shown, widths: widthsWithin(bounds, room) };
    }
  }
  return { shown, widths: shown.map((column) => all[column]?.least ?? 0) };
}

interface Bounds {
  /** With nothing broken. */
  most: number;
  /** With all broken that may be. */
  least: number;
}

function boundsOf({ header, rows, alignOf }: TableText, column: number): Bounds {
  const title = header[column] ?? '';
  const cells = rows.map((row) => row[column] ?? '');
  const most = Math.max(displayWidth(title), ...cells.map(displayWidth));
  const unbroken = alignOf(column) === 'r';
  const least = Math.max(longestWord(title), ...cells.map(unbroken ? displayWidth : longestWord));
  return { most, least: unbroken ? least : Math.min(most, Math.max(least, narrowestText)) };
}

function longestWord(text: string): number {
  return Math.max(0, ...text.split(' ').map(displayWidth));
}

/** The widest give way first, and only as far as they must. */
function widthsWithin(bounds: readonly Bounds[], room: number): number[] {
  const widths = bounds.map(({ most }) => most);
  for (let over = sum(widths) - room; over > 0; over--) {
    let widest = -1;
    for (const [i, width] of widths.entries()) {
      if (width > (bounds[i]?.least ?? 0) && width > (widths[widest] ?? 0)) widest = i;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** The lines of a cell. */
export function cellLines(text: string, width: number): string[] {
  return displayWidth(text) <= width ? [text] : brokenLines(text, width);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
