/**
 * Charts on dark paper. A picture is drawn once, in its light colours; a page that follows the reader's system gives each
 * colour its dark counterpart by CSS, which comes before what an SVG says in its attributes.
 */
import { paleAlpha, paletteOnDark } from './palette.ts';
import { bandInk, gridInk, ink, paleBandInk, paper, softInk } from './theme.ts';

/** Of everything that a chart is drawn in. */
export const darkColors: ReadonlyMap<string, string> = new Map([
  [paper, '#14171a'],
  [ink, '#e6e9ec'],
  [softInk, '#a3adb8'],
  [gridInk, '#30363c'],
  [bandInk, '#343b43'],
  [paleBandInk, '#23282d'],
  ...paletteOnDark,
  ...paletteOnDark.map(([light, dark]) => [`${light}${paleAlpha}`, `${dark}${paleAlpha}`] as const),
]);

/** @param within selector of the pictures */
export function darkRules(within: string): string {
  return [...darkColors]
    .flatMap(([light, dark]) =>
      (['fill', 'stroke'] as const).map((part) => `${within} [${part}="${light}"] { ${part}: ${dark}; }`),
    )
    .join('\n');
}
