/**
 * One colour per framework, in every chart and every report. The colour depends on the name alone (not on which other
 * frameworks were measured), so a framework looks the same in last month's report.
 *
 * Okabe and Ito's palette for colour-blind readers, with its yellow and black replaced by a brown and a grey that hold on
 * white paper. Rows are labelled as well: colour is never the only difference.
 */
import { bandInk, gridInk, ink, paleBandInk, paper, softInk } from './theme.ts';

const colors = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7', '#56b4e9', '#8a6414', '#5c5c5c'] as const;

/** The same colours on dark paper, in the same order: the dark ones lighter, the blues apart from each other. */
const onDark = ['#3d9be0', '#f0b030', '#22b98c', '#f07830', '#dc94bc', '#8fd0f5', '#c09545', '#a3a9b0'] as const;

/** What a colour of the palette becomes on dark paper. */
const paletteOnDark: ReadonlyArray<readonly [light: string, dark: string]> = colors.map((color, i) => [
  color,
  onDark[i] ?? color,
]);

/** As the last two digits of a colour: a third of it shows. */
export const paleAlpha = '59';

/** Chosen so that the frameworks of the registry all differ; test/plots/palette.test.ts holds it to that. */
const salt = 38272;

/** A colour for each name, in the order given. More names than colours share some. */
export function frameworkColor(framework: string): string {
  return colors[hash(framework) % colors.length] ?? colors[0];
}

/** FNV-1a, 32 bit, finished with a mix so that the low bits depend on all letters. */
function hash(text: string): number {
  let value = (0x811c9dc5 ^ salt) >>> 0;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b) >>> 0;
  return (value ^ (value >>> 13)) >>> 0;
}

/**
 * The dark counterpart of every colour that charts are drawn in. A picture is drawn once, in its light colours; a page that
 * follows the reader's system replaces them by CSS, which comes before what an SVG says in its attributes.
 */
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
