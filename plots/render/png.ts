/** An SVG becomes a PNG at twice its size, in the fonts that come with the package. */
import { Resvg } from '@resvg/resvg-js';
import { fontFamily, fontFiles } from './fonts.ts';

const scale = 2;

export function renderPng(svg: string): Buffer {
  const picture = new Resvg(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles: Object.values(fontFiles),
      defaultFontFamily: fontFamily,
      sansSerifFamily: fontFamily,
    },
    fitTo: { mode: 'zoom', value: scale },
  });
  return picture.render().asPng();
}
