/**
 * The font of the charts as CSS, with the letters of one text in it and no others: some seven kilobytes a weight. Charts
 * are measured in this font, so a page that carries it cuts no label, whatever the reader has installed.
 */
import { readFileSync } from 'node:fs';
import subsetFont from 'subset-font';
import { type FontWeight, fontFamily, fontFiles } from './fonts.ts';

const weights: Record<FontWeight, number> = { regular: 400, semibold: 600 };

/** Any text may need these: what a reader's search marks, or a script writes. */
const always = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');

/** The same bytes for the same letters, in whatever order. Letters that Inter lacks are left to the reader's own fonts. */
export async function fontFaces(text: string): Promise<string> {
  const letters = [...new Set(always + text)].sort().join('');
  const faces: string[] = [];
  for (const weight of ['regular', 'semibold'] as const) {
    const font = await subsetFont(readFileSync(fontFiles[weight]), letters, {
      targetFormat: 'woff2',
      // Figures of one width stand under each other in tables. Kerning would be narrower than what was measured.
      keepFeatures: ['tnum'],
      noHinting: true,
    });
    faces.push(
      `@font-face { font-family: ${fontFamily}; font-weight: ${weights[weight]}; src: url(data:font/woff2;base64,${font.toString('base64')}) format("woff2"); }`,
    );
  }
  return faces.join('\n');
}
