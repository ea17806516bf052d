/** What stands in place of a chart that has nothing to compare: the question, why it is open, and the command that helps. */
import { fontStack } from './fonts.ts';
import { escapeXml } from './svg.ts';
import { wrap } from './text-width.ts';
import { chartWidth, gridInk, ink, paper, softInk, subtitleSize, titleSize } from './theme.ts';

const margin = 28;
const lineStep = 19;

export function card(question: string, sentence: string, command: string | undefined): string {
  const inner = chartWidth - 2 * margin;
  const heading = wrap(question, inner, titleSize, 'semibold');
  const body = wrap(sentence, inner, subtitleSize);
  const next = command === undefined ? [] : wrap(command, inner, subtitleSize, 'semibold');
  const width = chartWidth + 24;
  let y = 12 + margin + titleSize - 4;
  const line = (text: string, size: number, weight: number, fill: string, step: number) => {
    const element = `<text x="${12 + margin}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escapeXml(text)}</text>`;
    y += step;
    return element;
  };
  const lines = [
    ...heading.map((text) => line(text, titleSize, 600, ink, titleSize + 6)),
    ...body.map((text) => line(text, subtitleSize, 400, softInk, lineStep)),
    ...next.map((text, i) => {
      if (i === 0) y += 4;
      return line(text, subtitleSize, 600, ink, lineStep);
    }),
  ];
  const height = y + margin - 2;
  return [
    `<svg role="img" aria-label="${escapeXml(`${question} ${sentence}`)}" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeXml(fontStack)}">`,
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    `<rect x="12" y="12" width="${chartWidth}" height="${height - 24}" rx="8" fill="none" stroke="${gridInk}" stroke-width="2" stroke-dasharray="6 5"/>`,
    ...lines,
    '</svg>',
  ].join('\n');
}
