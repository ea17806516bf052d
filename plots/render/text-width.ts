/** How wide a text is in our fonts, and where to break it. Without this, Vega guesses 0.8 em a character. */
import { type FontWeight, fontFiles } from './fonts.ts';
import { type FontMetrics, readFontMetrics } from './true-type.ts';

const loaded = new Map<FontWeight, FontMetrics>();

function metrics(weight: FontWeight): FontMetrics {
  const known = loaded.get(weight);
  if (known !== undefined) return known;
  const read = readFontMetrics(fontFiles[weight]);
  loaded.set(weight, read);
  return read;
}

/** Width in pixels of one line of text. */
export function textWidth(text: string, fontSize: number, weight: FontWeight = 'regular'): number {
  const font = metrics(weight);
  let units = 0;
  for (const character of text) units += font.advance(character.codePointAt(0) ?? 0);
  return (units * fontSize) / font.unitsPerEm;
}

/**
 * Breaks a text into lines that fit, at blanks where there are any, else after punctuation, else anywhere.
 * @param width pixels
 * @param maxLines what is beyond ends in an ellipsis
 */
export function wrap(
  text: string,
  width: number,
  fontSize: number,
  weight: FontWeight = 'regular',
  maxLines = Number.POSITIVE_INFINITY,
): string[] {
  const fits = (candidate: string) => textWidth(candidate, fontSize, weight) <= width;
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text)) {
    if (fits((line + piece).trimEnd())) {
      line += piece;
      continue;
    }
    if (line.trim() !== '') lines.push(line.trim());
    line = piece.trimStart();
    while (!fits(line.trimEnd())) {
      let end = Math.max(1, [...line].length - 1);
      while (end > 1 && !fits([...line].slice(0, end).join(''))) end--;
      lines.push([...line].slice(0, end).join(''));
      line = [...line].slice(end).join('');
    }
  }
  if (line.trim() !== '') lines.push(line.trim());
  return lines.length <= maxLines ? lines : shortened(lines.slice(0, maxLines), fits);
}

/** Words with the blank behind them (one that does not break keeps them together), split further after `-`, `_`, `/`, `.` and `:` when a word is long. */
function pieces(text: string): string[] {
  return text.split(/(?<=[ \t\n])/).flatMap((word) => (word.length > 16 ? word.split(/(?<=[-_/.:])/) : [word]));
}

function shortened(lines: string[], fits: (text: string) => boolean): string[] {
  let last = lines.at(-1) ?? '';
  while (last !== '' && !fits(`${last}…`)) last = [...last].slice(0, -1).join('');
  return [...lines.slice(0, -1), `${last}…`];
}
