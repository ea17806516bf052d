/**
 * The fonts that every picture and the PDF are set in. They come with the package, because a machine that benchmarks
 * may have none at all; woff2 files would render as blank text, so these are TTF.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);

/** The family name inside the files. */
export const fontFamily = 'Inter';

/** What a browser without Inter falls back to; its letters have nearly the same widths. */
export const fontStack = `${fontFamily}, "Helvetica Neue", Arial, sans-serif`;

export const fontFiles = {
  regular: require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  semibold: require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
} as const;

export type FontWeight = keyof typeof fontFiles;

/** One folder a weight. */
export const fontFolders = Object.values(fontFiles).map((file) => dirname(file));
