/** Text and tables as wide as the screen: lines break between words, and commands stay in one piece, for they are copied. */

import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { printableOnTerminal } from './printable-text.ts';

/** Columns of a terminal; without one no line is broken, since programs and files take lines as they are. */
export function screenWidth(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> = process.stdout): number {
  return stream.isTTY === true && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
}

/** Columns that a text takes: control sequences none, wide characters two. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

const controlStart = String.fromCharCode(27);
const coloured = `${controlStart}\\[\\d+m`;
/** In backquotes; or from its first word to the end of the line, where a line, a colour or what follows a colon begins. */
const commands = new RegExp(`\`[^\`]+\`|(?<=^ *|: +|> |${coloured} *)(?:npx|npm|tokenlap|node|uv|pip|apt) .*$`, 'gm');
/** A number keeps its unit. */
const beforeUnit = /(?<=\d) (?=(?:%|[kMGT]?B(?:\/s)?|G?(?:FLOP|op)\/s|[mµn]?s|min|tokens\/s)(?![\w/]))/g;
const space = ' ';
/** A blank that is no place to break a line; none of our texts has this character. */
const tied = '\u00a0';
/** A label with its value behind it, or the blanks and the mark before a text: the next lines begin below the text. */
const lead = /^(?: *\S(?:.{0,24}?\S)? {2,}| *(?:[-–✓] +)?)(?=\S)/;
/** Columns below which no layout works. */
const narrowest = 20;

/** Breaks the lines that are wider than that. */
export function wrapped(text: string, width: number): string {
  if (!Number.isFinite(width)) return text;
  // Of control sequences, styles alone are left.
  return printableOnTerminal(text)
    .split('\n')
    .map((line) => wrappedLine(line, Math.max(narrowest, width)))
    .join('\n');
}

function wrappedLine(line: string, width: number): string {
  if (displayWidth(line) <= width) return line;
  const plain = stripVTControlCharacters(line);
  const hanging = Math.min(displayWidth(lead.exec(plain)?.[0] ?? ''), Math.floor(width / 2));
  const start = rawIndex(line, hanging);
  return line.slice(0, start) + brokenLines(line.slice(start), width - hanging).join(`\n${space.repeat(hanging)}`);
}

/** Between words only: what has no blank may be wider. */
function brokenLines(text: string, width: number): string[] {
  const bound = text.replaceAll(beforeUnit, tied).replaceAll(commands, (command) => command.replaceAll(space, tied));
  return wrapAnsi(bound, width).replaceAll(tied, space).split('\n');
}

/** Where so many characters that are seen end, in a text with control sequences. */
function rawIndex(text: string, seen: number): number {
  let index = 0;
  for (let left = seen; left > 0; ) {
    if (text.startsWith(controlStart, index)) index = text.indexOf('m', index) + 1;
    else {
      index++;
      left--;
    }
  }
  return index;
}

export interface FittedTable {
  /** Places of the columns that are shown. */
  shown: readonly number[];
  /** Widths of the columns that stay. */
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

/**
 * A table no wider than the screen. First headers and texts break between words; then columns are left out, those that count
 * least first. A number is never broken.
 */
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
