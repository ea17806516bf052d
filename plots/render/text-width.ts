/** How wide a text is in our fonts, and where to break it. Without this, Vega guesses 0.8 em a character. */

import { readFileSync } from 'node:fs';
import { type FontWeight, fontFiles } from './fonts.ts';

const loaded = new Map<FontWeight, FontMetrics>();

function metrics(weight: FontWeight): FontMetrics {
  const known = loaded.get(weight);
  if (known !== undefined) return known;
  const read = readFontMetrics(fontFiles[weight]);
  loaded.set(weight, read);
  return read;
}

/** Width in pixels of one line of text. */
export function textWidth(text: string, fontSize: number, weight: FontWeight = 'regular'): number {
  const font = metrics(weight);
  let units = 0;
  for (const character of text) units += font.advance(character.codePointAt(0) ?? 0);
  return (units * fontSize) / font.unitsPerEm;
}

/**
 * Breaks a text into lines that fit, at blanks where there are any, else after punctuation, else anywhere.
 * @param width pixels
 * @param maxLines what is beyond ends in an ellipsis
 */
export function wrap(
  text: string,
  width: number,
  fontSize: number,
  weight: FontWeight = 'regular',
  maxLines = Number.POSITIVE_INFINITY,
): string[] {
  const fits = (candidate: string) => textWidth(candidate, fontSize, weight) <= width;
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text)) {
    if (fits((line + piece).trimEnd())) {
      line += piece;
      continue;
    }
    if (line.trim() !== '') lines.push(line.trim());
    line = piece.trimStart();
    while (!fits(line.trimEnd())) {
      let end = Math.max(1, [...line].length - 1);
      while (end > 1 && !fits([...line].slice(0, end).join(''))) end--;
      lines.push([...line].slice(0, end).join(''));
      line = [...line].slice(end).join('');
    }
  }
  if (line.trim() !== '') lines.push(line.trim());
  return lines.length <= maxLines ? lines : shortened(lines.slice(0, maxLines), fits);
}

/** Words with the blank behind them (one that does not break keeps them together), split further after `-`, `_`, `/`, `.` and `:` when a word is long. */
function pieces(text: string): string[] {
  return text.split(/(?<=[ \t\n])/).flatMap((word) => (word.length > 16 ? word.split(/(?<=[-_/.:])/) : [word]));
}

function shortened(lines: string[], fits: (text: string) => boolean): string[] {
  let last = lines.at(-1) ?? '';
  while (last !== '' && !fits(`${last}…`)) last = [...last].slice(0, -1).join('');
  return [...lines.slice(0, -1), `${last}…`];
}

interface FontMetrics {
  unitsPerEm: number;
  /** Advance width of a character in font units. */
  advance(codePoint: number): number;
}

/**
 * Reads the advance widths of a TrueType font: what is needed to know how wide a text will be, and nothing else.
 * Source: OpenType specification, tables head, hhea, hmtx and cmap (formats 4 and 12).
 */
function readFontMetrics(file: string): FontMetrics {
  const bytes = readFileSync(file);
  const tables = new Map<string, number>();
  for (let i = 0; i < bytes.readUInt16BE(4); i++) {
    const entry = 12 + i * 16;
    tables.set(bytes.toString('latin1', entry, entry + 4), bytes.readUInt32BE(entry + 8));
  }
  const at = (name: string): number => {
    const offset = tables.get(name);
    if (offset === undefined) throw new Error(`${file} has no table ${name}`);
    return offset;
  };
  const widths = at('hmtx');
  const lastWidth = bytes.readUInt16BE(at('hhea') + 34) - 1;
  const glyphOf = readCharacterMap(bytes, at('cmap'));
  const known = new Map<number, number>();
  return {
    unitsPerEm: bytes.readUInt16BE(at('head') + 18),
    advance: (codePoint) => {
      const width = known.get(codePoint) ?? bytes.readUInt16BE(widths + Math.min(glyphOf(codePoint), lastWidth) * 4);
      known.set(codePoint, width);
      return width;
    },
  };
}

/** Glyph of a code point; 0 is the glyph for a missing character. */
function readCharacterMap(bytes: Buffer, cmap: number): (codePoint: number) => number {
  const subtables: Array<{ format: number; offset: number }> = [];
  for (let i = 0; i < bytes.readUInt16BE(cmap + 2); i++) {
    const offset = cmap + bytes.readUInt32BE(cmap + 4 + i * 8 + 4);
    subtables.push({ format: bytes.readUInt16BE(offset), offset });
  }
  const full = subtables.find((subtable) => subtable.format === 12);
  if (full !== undefined) return (codePoint) => glyphByGroup(bytes, full.offset, codePoint);
  const basic = subtables.find((subtable) => subtable.format === 4);
  if (basic !== undefined) return (codePoint) => glyphBySegment(bytes, basic.offset, codePoint);
  return () => 0;
}

function glyphByGroup(bytes: Buffer, offset: number, codePoint: number): number {
  const groups = bytes.readUInt32BE(offset + 12);
  for (let i = 0; i < groups; i++) {
    const group = offset + 16 + i * 12;
    const first = bytes.readUInt32BE(group);
    if (codePoint >= first && codePoint <= bytes.readUInt32BE(group + 4)) {
      return bytes.readUInt32BE(group + 8) + codePoint - first;
    }
  }
  return 0;
}

function glyphBySegment(bytes: Buffer, offset: number, codePoint: number): number {
  if (codePoint > 0xffff) return 0;
  const segmentBytes = bytes.readUInt16BE(offset + 6);
  const ends = offset + 14;
  const starts = ends + segmentBytes + 2;
  for (let i = 0; i < segmentBytes; i += 2) {
    if (codePoint > bytes.readUInt16BE(ends + i)) continue;
    const start = bytes.readUInt16BE(starts + i);
    if (codePoint < start) return 0;
    const delta = bytes.readUInt16BE(starts + segmentBytes + i);
    const rangeAt = starts + 2 * segmentBytes + i;
    const range = bytes.readUInt16BE(rangeAt);
    if (range === 0) return (codePoint + delta) & 0xffff;
    const glyph = bytes.readUInt16BE(rangeAt + range + (codePoint - start) * 2);
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
  }
  return 0;
}
