/** A picture that goes about alone: with its font, so that it looks the same everywhere, and with its numbers. */
import { fontFaces } from './embedded-font.ts';
import { escapeXml } from './svg.ts';

/** @param data its numbers as JSON; empty where it has none */
export async function portableSvg(svg: string, data: string): Promise<string> {
  const style = `<style>${await fontFaces(svg)}</style>`;
  const metadata = data === '' ? '' : `<metadata>${escapeXml(data)}</metadata>`;
  return svg.replace(/<\/svg>\s*$/, () => `${style}${metadata}</svg>\n`);
}
