/** Names beside rows of marks: broken into lines so that none is cut off, however narrow the page is. */

/** Mean width of a letter of the charts' font at their size, a little wide. */
export const letterWidth = 6.6;
const lineHeight = 14;
/** Of the width of the chart. */
const mostShare = 0.42;
const widest = 300;

export interface RowLabels {
  /** For an axis over the places of the rows: an expression of Vega. */
  readonly expression: string;
  /** Height of a row, pixels. */
  readonly step: number;
}

/** @param names each with lines under it that are not broken, a value for instance */
export function rowLabels(names: ReadonlyArray<readonly [name: string, ...under: string[]]>, width: number): RowLabels {
  const letters = Math.floor(Math.min(width * mostShare, widest) / letterWidth);
  const texts = names.map(([name, ...under]) => [...brokenLines(name, letters), ...under].join('\n'));
  const most = Math.max(1, ...texts.map((text) => text.split('\n').length));
  return { expression: `${JSON.stringify(texts)}[datum.value]`, step: Math.max(30, most * lineHeight + 12) };
}

/** At blanks where there are any, else anywhere. */
export function brokenLines(text: string, letters: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= letters) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    for (; line.length > letters; line = line.slice(letters)) lines.push(line.slice(0, letters));
  }
  return [...lines, line];
}
