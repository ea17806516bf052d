/**
 * The fonts that every picture and the PDF are set in. They come with the package, because a machine that benchmarks
 * may have none at all; woff2 files would render as blank text, so these are TTF.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fontFamily } from './font-stack.ts';

const require = createRequire(import.meta.url);

export const fontFiles = {
  regular: require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  semibold: require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
} as const;

export type FontWeight = keyof typeof fontFiles;

/** One folder a weight. */
export const fontFolders = Object.values(fontFiles).map((file) => dirname(file));

const weights: Record<FontWeight, number> = { regular: 400, semibold: 600 };

/** Any text may need these: what a reader's search marks, or a script writes. */
const always = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');

/**
 * The font as CSS, with the letters of one text in it and no others: some seven kilobytes a weight. Charts are measured in
 * this font, so a page that carries it cuts no label, whatever the reader has installed. The same letters in any order give the
 * same bytes. Letters that Inter lacks are left to the reader's own fonts.
 */
export async function fontFaces(text: string): Promise<string> {
  // A build of HarfBuzz: only who writes a page or a picture for others waits for it.
  const { default: subsetFont } = await import('subset-font');
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
