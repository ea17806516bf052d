/** A Vega-Lite specification becomes an SVG and a PNG, the same bytes every time and on every machine. */
import { Resvg } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { escapeXml } from '../../scripts/command-line/xml-text.ts';
import { fontFamily, fontStack } from './font-stack.ts';
import { fontFaces, fontFiles } from './fonts.ts';
import { textWidth } from './text-width.ts';

// vega exports this; its typings do not say so.
declare module 'vega' {
  interface MeasuredItem {
    fontSize?: number;
    fontWeight?: string | number;
  }
  const textMetrics: { width: (item: MeasuredItem, text: unknown) => number };
}

/** Vega would measure with a canvas where one is installed and guess elsewhere: two machines, two layouts. */
vega.textMetrics.width = (item, text) =>
  text === null || text === undefined
    ? 0
    : textWidth(String(text).trim(), item.fontSize ?? 11, isBold(item.fontWeight) ? 'semibold' : 'regular');

function isBold(weight: string | number | undefined): boolean {
  return weight === 'bold' || Number(weight ?? 400) >= 600;
}

/** @param title what assistive software reads out for the picture as a whole */
export async function renderSvg(spec: TopLevelSpec, title: string): Promise<string> {
  // Ids of clip paths are counted over the life of the process.
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  return labelled(compact(svg), title);
}

/**
 * What Vega says again with every mark is said once: the font. What nothing reads goes: the names of Vega's own parts, and
 * digits of coordinates beyond a hundredth of a pixel. That is more than half of a picture.
 */
function compact(svg: string): string {
  const tags = svg
    .replaceAll(/<path class="foreground"[^>]*d=""[^>]*\/>/g, '')
    .replaceAll(/<path class="background"[^>]*d="M0,0h0v0h0Z"[^>]*\/>/g, '')
    .replaceAll(/<([a-z]+)((?: [\w:-]+="[^"]*")+)(\/?)>/g, (_, name: string, attributes: string, end: string) => {
      const kept = [...attributes.matchAll(/ ([\w:-]+)="([^"]*)"/g)].flatMap(([, key = '', value = '']) => {
        if (unread.test(key) || (key === 'class' && name !== 'svg') || (key === 'opacity' && value === '1')) return [];
        return ` ${key}="${measured.has(key) ? rounded(value) : value}"`;
      });
      return `<${name}${kept.join('')}${end}>`;
    });
  return tags.replace(/^<svg /, `<svg font-family="${escapeXml(fontStack)}" `);
}

const unread = /^(?:aria-|role$|font-family$|pointer-events$)/;
const measured: ReadonlySet<string> = new Set([
  'transform',
  'd',
  'x',
  'y',
  'x1',
  'y1',
  'x2',
  'y2',
  'width',
  'height',
  'dy',
]);

function rounded(value: string): string {
  return value.replaceAll(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (digits) => String(Math.round(Number(digits) * 100) / 100));
}

/** Vega's svg element has no name of its own. */
function labelled(svg: string, title: string): string {
  return svg.replace(/^<svg /, () => `<svg role="img" aria-label="${escapeXml(title)}" `);
}

/**
 * A picture that goes about alone: with its font, so that it looks the same everywhere, and with its numbers.
 * @param data its numbers as JSON; empty where it has none
 */
export async function portableSvg(svg: string, data: string): Promise<string> {
  const style = `<style>${await fontFaces(svg)}</style>`;
  const metadata = data === '' ? '' : `<metadata>${escapeXml(data)}</metadata>`;
  return svg.replace(/<\/svg>\s*$/, () => `${style}${metadata}</svg>\n`);
}

/** Pixels of a PNG for one of the SVG. */
const pngScale = 2;

/** In the fonts that come with the package. */
export function renderPng(svg: string): Buffer {
  const picture = new Resvg(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles: Object.values(fontFiles),
      defaultFontFamily: fontFamily,
      sansSerifFamily: fontFamily,
    },
    fitTo: { mode: 'zoom', value: pngScale },
  });
  return picture.render().asPng();
}
