/**
 * Reads the advance widths of a TrueType font: what is needed to know how wide a text will be, and nothing else.
 * Source: OpenType specification, tables head, hhea, hmtx and cmap (formats 4 and 12).
 */
import { readFileSync } from 'node:fs';

export interface FontMetrics {
  unitsPerEm: number;
  /** Advance width of a character in font units. */
  advance(codePoint: number): number;
}

export function readFontMetrics(file: string): FontMetrics {
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
