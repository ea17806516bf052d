/** How every chart of the suite looks: sizes in pixels, greys, the configuration handed to Vega-Lite, and a colour per framework. */
import type { TopLevelSpec } from 'vega-lite';
import { fontStack } from './font-stack.ts';

/** Width of a whole chart: a report column on a screen, 17 cm on paper. */
export const chartWidth = 700;

/** Headings break before the edge: where a browser has no Inter, its own font may be a tenth wider. */
export const headingWidth = chartWidth * 0.88;

/** Nothing is set smaller than this; on A4 it is 7.6 points. */
export const fontSize = 11;
export const titleSize = 17;
export const subtitleSize = 12;

/** Also what hollow marks are filled with, and the rim of a text that lies on a line. */
export const paper = '#ffffff';
export const ink = '#1f2328';
export const softInk = '#59636e';
export const gridInk = '#e3e6ea';
/** Behind parts of a run: a band, and a paler one. */
export const bandInk = '#dde2e8';
export const paleBandInk = '#f0f2f5';

export const config: NonNullable<TopLevelSpec['config']> = {
  // The picture as a whole has alternative text and its data; a label on every mark would triple its size.
  aria: false,
  background: paper,
  font: fontStack,
  lineBreak: '\n',
  padding: 12,
  view: { stroke: null },
  axis: {
    labelColor: ink,
    labelFontSize: fontSize,
    labelLimit: 0,
    titleColor: softInk,
    titleFontSize: fontSize,
    titleFontWeight: 400,
    titlePadding: 6,
    titleLimit: 0,
    domain: false,
    domainColor: softInk,
    tickColor: softInk,
    ticks: false,
    gridColor: gridInk,
  },
  axisY: { grid: false, labelPadding: 8, labelLineHeight: fontSize + 3, title: null },
  axisX: { tickCount: 5, labelPadding: 4, labelFlush: false, labelOverlap: true, labelSeparation: 6 },
  title: {
    anchor: 'start',
    frame: 'group',
    color: ink,
    fontSize: subtitleSize,
    fontWeight: 600,
    lineHeight: subtitleSize + 4,
    limit: 0,
    offset: 8,
  },
  mark: { color: softInk },
  text: { fontSize, color: ink },
};

/**
 * One colour per framework, in every chart and every report. The colour depends on the name alone (not on which other
 * frameworks were measured), so a framework looks the same in last month's report.
 *
 * Okabe and Ito's palette for colour-blind readers, with its yellow and black replaced by a brown and a grey that hold on
 * white paper, and an indigo and a wine red from Tol's. Rows are labelled as well: colour is never the only difference.
 */
const colors = [
  ...['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7'],
  ...['#56b4e9', '#8a6414', '#5c5c5c', '#332288', '#882255'],
];

/** The same colours on dark paper, in the same order: the dark ones lighter, the blues apart from each other. */
const onDark = [
  ...['#3d9be0', '#f0b030', '#22b98c', '#f07830', '#dc94bc'],
  ...['#8fd0f5', '#c09545', '#a3a9b0', '#8e84e8', '#cf4f86'],
];

/** What a colour of the palette becomes on dark paper. */
const paletteOnDark: ReadonlyArray<readonly [light: string, dark: string]> = colors.map((color, i) => [
  color,
  onDark[i] ?? color,
]);

/** Colours of things that are no frameworks and stand in one picture, told apart by a legend; neighbours differ most. */
const partColors = ['#0072b2', '#56b4e9', '#e69f00', '#8a6414', '#009e73', '#cc79a7', '#5c5c5c'] as const;

export function partColor(index: number): string {
  return partColors[index] ?? softInk;
}

/** Of a figure that got worse, and of one that got better; marks say it by their form and a word too. */
export const worseColor = '#d55e00';
export const betterColor = '#0072b2';

/** As the last two digits of a colour: a third of it shows. */
export const paleAlpha = '59';

/** Chosen so that the frameworks of the registry all differ; test/plots/palette.test.ts holds it to that. */
const salt = 104900319;

/** A colour for each name, in the order given. More names than colours share some. */
export function frameworkColor(framework: string): string {
  return colors[hash(framework) % colors.length] ?? ink;
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
