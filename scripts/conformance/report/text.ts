/** The report for a terminal. */
import { paint, table } from '../../command-line/terminal.ts';
import type { Analysis } from '../analysis.ts';
import { headline, sectionsOf } from './sections.ts';

/** @param most rows of the tables that are long */
export function analysisText(analysis: Analysis, most: number): string {
  const sections = sectionsOf(analysis, most).map(({ title, note, heads, align, cells }) =>
    [paint('bold', title), ...(note === '' ? [] : [note]), table(heads, cells, align)].join('\n'),
  );
  return [...sections, headline(analysis)].join('\n\n');
}
