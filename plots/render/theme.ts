/** How every chart of the suite looks: sizes in pixels, greys, and the configuration handed to Vega-Lite. */
import type { TopLevelSpec } from 'vega-lite';
import { fontStack } from './fonts.ts';

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
