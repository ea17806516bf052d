/** Puts title, subtitle, notes and looks around a chart's picture; a chart with nothing to draw becomes a card that says so. */

import { escapeXml } from '../../scripts/command-line/xml-text.ts';
import type { Drawing, Gap } from '../charts/chart.ts';
import { columnHeading, type Table } from '../report/document.ts';
import { fontStack } from './font-stack.ts';
import { renderSvg } from './svg.ts';
import { wrap } from './text-width.ts';
import {
  chartWidth,
  config,
  fontSize,
  gridInk,
  headingWidth,
  ink,
  paper,
  softInk,
  subtitleSize,
  titleSize,
} from './theme.ts';

export interface ComposedPicture {
  readonly svg: string;
  /** The numbers of the picture as JSON; empty for a card. */
  readonly data: string;
}

export async function compose(drawing: Drawing): Promise<ComposedPicture> {
  if (drawing.kind === 'gap') return { svg: card(drawing), data: '' };
  const { title, spec, alt, table } = drawing;
  const { subtitle, notes } = smallPrint(drawing.subtitle);
  const svg = await renderSvg(
    {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      config,
      title: {
        text: wrap(title, headingWidth, titleSize, 'semibold'),
        subtitle,
        anchor: 'start',
        frame: 'bounds',
        color: ink,
        fontSize: titleSize,
        fontWeight: 600,
        lineHeight: titleSize + 5,
        subtitleColor: softInk,
        subtitleFontSize: subtitleSize,
        subtitleLineHeight: subtitleSize + 5,
        subtitlePadding: 6,
        limit: 0,
        offset: 18,
      },
      ...spec,
    },
    alt,
  );
  return { svg: withNotes(svg, notes), data: recordsOf(table) };
}

/** The panels alone, for a slide: its message and its small print stand around them. */
export async function composePanels({
  spec,
  alt,
}: Pick<Drawing & { kind: 'picture' }, 'spec' | 'alt'>): Promise<string> {
  return renderSvg({ $schema: 'https://vega.github.io/schema/vega-lite/v6.json', config, ...spec }, alt);
}

/** The table of the chart as JSON, for whoever gets the picture alone. */
function recordsOf({ columns, rows }: Table): string {
  const records = rows.map((row) => row.map((cell) => cell.value));
  return JSON.stringify({ columns: columns.map(columnHeading), rows: records });
}

const mostSubtitleLines = 2;

/** Whole sentences, as many as there is room for; one that is longer than that is cut and stands in full under the picture. */
function smallPrint(entries: readonly string[]): { subtitle: string[]; notes: string[] } {
  const wrapped = entries.map((entry) => wrap(entry, headingWidth, subtitleSize));
  let lines = 0;
  const beyond = wrapped.findIndex((each) => {
    lines += each.length;
    return lines > mostSubtitleLines;
  });
  const [first] = entries;
  if (first === undefined || beyond === -1) return { subtitle: wrapped.flat(), notes: [] };
  if (beyond === 0) {
    return { subtitle: wrap(first, headingWidth, subtitleSize, 'regular', mostSubtitleLines), notes: [...entries] };
  }
  return { subtitle: wrapped.slice(0, beyond).flat(), notes: entries.slice(beyond) };
}

const noteStep = fontSize + 5;
const noteMargin = 12;

/**
 * The small print under a picture: what a reader needs who asks, and what nobody needs who only looks.
 * @param svg as Vega draws it: its size stands in its first element and in the paper behind it
 */
function withNotes(svg: string, notes: readonly string[]): string {
  const size = /^<svg [^>]*?width="([\d.]+)" height="([\d.]+)" viewBox="0 0 \1 \2"/.exec(svg);
  if (notes.length === 0 || size === null) return svg;
  const [width, height] = [Number(size[1]), Number(size[2])];
  const room = Math.min(headingWidth, width - 2 * noteMargin);
  let y = height + fontSize;
  const texts = notes.map((note) => {
    const lines = wrap(note, room, fontSize).map(
      (line, i) => `<tspan x="${noteMargin}" dy="${i === 0 ? 0 : noteStep}">${escapeXml(line)}</tspan>`,
    );
    const element = `<text x="${noteMargin}" y="${y}">${lines.join('\n')}</text>`;
    y += lines.length * noteStep;
    return element;
  });
  const taller = Math.ceil(y - noteStep + noteMargin);
  const block = `<g font-size="${fontSize}px" fill="${softInk}">${texts.join('')}</g>`;
  return svg
    .replace(
      `height="${height}" viewBox="0 0 ${width} ${height}"`,
      `height="${taller}" viewBox="0 0 ${width} ${taller}"`,
    )
    .replace(`<rect width="${width}" height="${height}"`, `<rect width="${width}" height="${taller}"`)
    .replace(/<\/svg>\s*$/, () => `${block}</svg>\n`);
}

const cardMargin = 28;
const cardStep = 19;

/** What stands in place of a chart that has nothing to compare: the question, why it is open, and the command that helps. */
function card({ question, sentence, command }: Pick<Drawing, 'question'> & Gap): string {
  const inner = chartWidth - 2 * cardMargin;
  const heading = wrap(question, inner, titleSize, 'semibold');
  const body = wrap(sentence, inner, subtitleSize);
  const next = wrap(command, inner, subtitleSize, 'semibold');
  const width = chartWidth + 24;
  let y = 12 + cardMargin + titleSize - 4;
  const line = (text: string, size: number, weight: number, fill: string, step: number) => {
    const element = `<text x="${12 + cardMargin}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escapeXml(text)}</text>`;
    y += step;
    return element;
  };
  const lines = [
    ...heading.map((text) => line(text, titleSize, 600, ink, titleSize + 6)),
    ...body.map((text) => line(text, subtitleSize, 400, softInk, cardStep)),
    ...next.map((text, i) => {
      if (i === 0) y += 4;
      return line(text, subtitleSize, 600, ink, cardStep);
    }),
  ];
  const height = y + cardMargin - 2;
  return [
    `<svg role="img" aria-label="${escapeXml(`${question} ${sentence}`)}" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeXml(fontStack)}">`,
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    `<rect x="12" y="12" width="${chartWidth}" height="${height - 24}" rx="8" fill="none" stroke="${gridInk}" stroke-width="2" stroke-dasharray="6 5"/>`,
    ...lines,
    '</svg>',
  ].join('\n');
}
