/** The small print under a picture: what a reader needs who asks, and what nobody needs who only looks. */

import { escapeXml } from './svg.ts';
import { wrap } from './text-width.ts';
import { fontSize, headingWidth, softInk } from './theme.ts';

const lineStep = fontSize + 5;
const margin = 12;

/** @param svg as Vega draws it: its size stands in its first element and in the paper behind it */
export function withNotes(svg: string, notes: readonly string[]): string {
  const size = /^<svg [^>]*?width="([\d.]+)" height="([\d.]+)" viewBox="0 0 \1 \2"/.exec(svg);
  if (notes.length === 0 || size === null) return svg;
  const [width, height] = [Number(size[1]), Number(size[2])];
  const room = Math.min(headingWidth, width - 2 * margin);
  let y = height + fontSize;
  const texts = notes.map((note) => {
    const lines = wrap(note, room, fontSize).map(
      (line, i) => `<tspan x="${margin}" dy="${i === 0 ? 0 : lineStep}">${escapeXml(line)}</tspan>`,
    );
    const element = `<text x="${margin}" y="${y}">${lines.join('\n')}</text>`;
    y += lines.length * lineStep;
    return element;
  });
  const taller = Math.ceil(y - lineStep + margin);
  const block = `<g font-size="${fontSize}px" fill="${softInk}">${texts.join('')}</g>`;
  return svg
    .replace(
      `height="${height}" viewBox="0 0 ${width} ${height}"`,
      `height="${taller}" viewBox="0 0 ${width} ${taller}"`,
    )
    .replace(`<rect width="${width}" height="${height}"`, `<rect width="${width}" height="${taller}"`)
    .replace(/<\/svg>\s*$/, () => `${block}</svg>\n`);
}
