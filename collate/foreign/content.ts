/** The content of a result file: JSON, JSON Lines or text, found out by looking at it. */
import { foreignLimits } from '../../scripts/command-line/files/input-limits.ts';
import { requireModest, withoutMark } from '../../scripts/command-line/files/text-file.ts';
import { Malformed } from './malformed.ts';

export type Content =
  | { kind: 'json'; value: unknown }
  /** One value a line; lines count from 1. */
  | { kind: 'json lines'; lines: ReadonlyArray<{ line: number; value: unknown }> }
  | { kind: 'text'; text: string };

/** @throws Malformed for an empty file, and for JSON that is broken: with the line */
export function contentOf(raw: string): Content {
  const text = withoutMark(raw);
  if (text.trim() === '') throw new Malformed(null, 'it is empty');
  if (!/^\s*[[{]/.test(text)) return { kind: 'text', text };
  return linesOf(text) ?? { kind: 'json', value: parsed(text, 1) };
}

/** Undefined where the first line is no value of its own. */
function linesOf(text: string): Content | undefined {
  const [first, ...more] = text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [{ line: i + 1, text: line }]));
  if (first === undefined || more.length === 0 || !isObject(first.text)) return undefined;
  if (more.length >= foreignLimits.entries) {
    throw new Malformed(null, `it has more than ${foreignLimits.entries.toLocaleString('en-US')} lines`);
  }
  modest(text);
  return {
    kind: 'json lines',
    lines: [first, ...more].map((each) => ({ line: each.line, value: parsed(each.text, each.line) })),
  };
}

function isObject(line: string): boolean {
  try {
    return line.trimStart().startsWith('{') && typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

/** @param line of the text in the file, from 1 @throws Malformed naming the line */
function parsed(text: string, line: number): unknown {
  modest(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw brokenJson(text, line, error instanceof Error ? error.message : String(error));
  }
}

function modest(text: string): void {
  try {
    requireModest(text);
  } catch (error) {
    throw new Malformed(null, error instanceof Error ? error.message : String(error));
  }
}

/** @param message of JSON.parse: it names a position, or quotes what is there, or says that the text has ended */
function brokenJson(text: string, line: number, message: string): Malformed {
  const at = notFinite(text);
  if (at !== undefined)
    return new Malformed(`line ${line + lineBreaks(text, at.index)}`, `${at.word} is no number of JSON`);
  const end = text.trimEnd().length;
  const index = /end of JSON input|^Unterminated/.test(message) ? end : positionIn(text, message);
  if (index === undefined) return new Malformed(null, `it is no JSON: ${told(message)}`);
  const place = `line ${line + lineBreaks(text, index)}`;
  return new Malformed(place, index >= end ? 'it ends in the middle of its JSON' : `it is no JSON: ${told(message)}`);
}

function positionIn(text: string, message: string): number | undefined {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  const quoted = /, \.\.\."([\s\S]*)"(?:\.\.\. | )is not valid JSON$/.exec(message)?.[1];
  const index = quoted === undefined ? -1 : text.indexOf(quoted);
  return index < 0 ? undefined : index + (quoted?.length ?? 0) - Math.floor((quoted?.length ?? 0) / 2);
}

/** Without the part of the file that the engine quotes. */
function told(message: string): string {
  return message
    .replace(/, (?:\.\.\.)?"[\s\S]*is not valid JSON/, '')
    .replace(/ in JSON at position.*/s, '')
    .slice(0, 200);
}

const notNumber = /-?(?:NaN|Infinity)\b/y;

/** What Python's json writes for numbers that are none, outside of strings. */
function notFinite(text: string): { word: string; index: number } | undefined {
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
    } else if (sign === '-' || sign === 'N' || sign === 'I') {
      notNumber.lastIndex = at;
      const word = notNumber.exec(text)?.[0];
      if (word !== undefined) return { word, index: at };
    }
  }
  return undefined;
}

function lineBreaks(text: string, end: number): number {
  let breaks = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) breaks++;
  return breaks;
}
