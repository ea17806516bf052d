/** Colour, tables and status lines: plain text as soon as the output is not a terminal. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { printable, printableOnTerminal } from './printable-text.ts';

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

/** Width in a terminal: control sequences count nothing. */
export function displayWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/**
 * Columns padded to their widest cell. The first column is flushed left, the others right, unless said otherwise.
 * @param align one letter a column: l or r
 */
export function table(header: readonly string[], rows: ReadonlyArray<readonly string[]>, align?: string): string {
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((row) => displayWidth(row[i] ?? ''))));
  const line = (row: readonly string[]) =>
    widths
      .map((width, i) => {
        const cell = row[i] ?? '';
        const padding = ' '.repeat(width - displayWidth(cell));
        return (align?.[i] ?? (i === 0 ? 'l' : 'r')) === 'l' ? cell + padding : padding + cell;
      })
      .join('  ')
      .trimEnd();
  return [
    paint('bold', line(header)),
    paint('dim', widths.map((width) => '─'.repeat(width)).join('  ')),
    ...rows.map(line),
  ].join('\n');
}

/** All that is for people goes through here: text from outside steers no terminal. */
export function show(text: string, stream: NodeJS.WriteStream): void {
  stream.write(isPainted(stream) ? printableOnTerminal(text) : printable(text));
}

/** A result for people, on standard output. */
export function print(text: string): void {
  show(`${text}\n`, process.stdout);
}

/** A result for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A message for people; standard error, so that standard output stays for results. */
export function say(message: string): void {
  show(`${message}\n`, process.stderr);
}

export function warn(message: string): void {
  say(`${paint('yellow', 'warning:', process.stderr)} ${message}`);
}
