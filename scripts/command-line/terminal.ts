/** Colour, tables and status lines: plain text as soon as the output is not a terminal. */
import { styleText } from 'node:util';
import { printable, printableOnTerminal } from './printable-text.ts';
import { cellLines, columnGap, displayWidth, fitTable, screenWidth, wrapped } from './screen-text.ts';
import { asStarted, scriptLine } from './shell-line.ts';

type Format = Parameters<typeof styleText>[0];

export function isInteractive(stream: NodeJS.WriteStream = process.stdout): boolean {
  return stream.isTTY === true && process.env.CI === undefined && process.env.TERM !== 'dumb';
}

/** Colours text when the stream is a terminal and NO_COLOR is not set. */
export function paint(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return isPainted(stream) ? styleText(format, text, { validateStream: false }) : text;
}

function isPainted(stream: NodeJS.WriteStream): boolean {
  return isInteractive(stream) && process.env.NO_COLOR === undefined;
}

/** How a table gives way on a narrow screen. */
export interface TableRoom {
  /** Titles of the columns that are left out where there is no room for all, the first of them first; then numbers from the right, then texts. */
  dropFirst?: readonly string[];
  /** Columns of characters; that of the terminal, and without one as wide as it comes. */
  width?: number;
}

/**
 * Columns padded to their widest cell. The first column is flushed left, the others right, unless said otherwise. Where the
 * screen has no room for all of them, some are left out, and a last line names them.
 * @param align one letter a column: l or r
 */
export function table(
  header: readonly string[],
  cells: ReadonlyArray<readonly string[]>,
  align?: string,
  { dropFirst = [], width = screenWidth() }: TableRoom = {},
): string {
  const rows = cells.map((row) => row.map(printableOnTerminal));
  const alignOf = (column: number) => ((align?.[column] ?? (column === 0 ? 'l' : 'r')) === 'l' ? 'l' : 'r');
  const named = dropFirst.map((title) => header.indexOf(title)).filter((column) => column > 0);
  // Numbers before texts; a text in the last column is what the table says.
  const weight = (column: number) => (alignOf(column) === 'r' ? 0 : column < header.length - 1 ? 1 : 2);
  const others = header
    .map((_, column) => column)
    .filter((column) => column > 0 && !named.includes(column))
    .sort((a, b) => weight(a) - weight(b) || b - a);
  const { shown, widths } = fitTable({ header, rows, alignOf, dropOrder: [...named, ...others] }, width);
  const line = (cells: readonly string[]) =>
    shown
      .map((column, i) => {
        const cell = cells[column] ?? '';
        const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(cell)));
        return alignOf(column) === 'l' ? cell + padding : padding + cell;
      })
      .join(' '.repeat(columnGap))
      .trimEnd();
  const row = (cells: readonly string[]) => {
    const broken = header.map((_, column) => {
      const place = shown.indexOf(column);
      return place < 0 ? [] : cellLines(cells[column] ?? '', widths[place] ?? 0);
    });
    const height = Math.max(1, ...broken.map(({ length }) => length));
    return Array.from({ length: height }, (_, i) => line(broken.map((lines) => lines[i] ?? '')));
  };
  return [
    ...row(header).map((text) => paint('bold', text)),
    paint('dim', widths.map((columns) => '─'.repeat(columns)).join(' '.repeat(columnGap))),
    ...rows.flatMap(row),
    ...leftOut(
      header.filter((_, column) => !shown.includes(column)),
      width,
    ),
  ].join('\n');
}

function leftOut(titles: readonly string[], width: number): string[] {
  if (titles.length === 0) return [];
  const text = `No room for: ${titles.join(', ')}. A wider window has them, and so has \`| less -S\`.`;
  return wrapped(text, width)
    .split('\n')
    .map((part) => paint('dim', part));
}

/** All that is for people goes through here: text from outside steers no terminal. */
export function show(text: string, stream: NodeJS.WriteStream): void {
  stream.write(isPainted(stream) ? printableOnTerminal(text) : printable(text));
}

/** A result for people, on standard output: wrapped as the screen is wide, its commands as the person starts them. */
export function print(text: string): void {
  show(`${wrapped(asStarted(text), screenWidth())}\n`, process.stdout);
}

/** A result for programs. */
export function printJson(value: unknown): void {
  show(`${JSON.stringify(value, null, 2)}\n`, process.stdout);
}

/** Data in a format of its own, as a file would have it; on a terminal nothing in it steers that. */
export function printData(text: string): void {
  process.stdout.write(process.stdout.isTTY === true ? printableOnTerminal(text) : text);
}

/** A message for people, its commands as they start them; standard error, so that standard output stays for results. */
export function say(message: string): void {
  show(`${wrapped(asStarted(message), screenWidth(process.stderr))}\n`, process.stderr);
}

export function warn(message: string): void {
  say(`${paint('yellow', 'warning:', process.stderr)} ${message}`);
}

/** @param output folder of results, as typed */
export function tellRawLogs(output: string): void {
  tellNext(`Raw logs: ${output}/raw. Next: ${scriptLine('collate/all.ts', output)}`);
}

export function tellNext(sentence: string): void {
  say(paint('dim', sentence, process.stderr));
}
