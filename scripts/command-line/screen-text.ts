/** Text as wide as the screen: lines break between words, and commands stay in one piece, for they are copied. */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { printableOnTerminal } from './printable-text.ts';

/** Of a terminal; without one nothing is broken, for a program or a file takes lines as they are. */
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
/** Of a screen narrower than this nothing can be made. */
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
export function brokenLines(text: string, width: number): string[] {
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
