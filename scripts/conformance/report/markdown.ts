/** The report as Markdown, for an issue or a plan. */
import { escapeMarkdown } from '../../command-line/markdown-text.ts';
import type { Analysis } from '../analysis.ts';
import { headline, type Section, sectionsOf } from './sections.ts';

/** @param most rows of the tables that are long */
export function analysisMarkdown(analysis: Analysis, most: number): string {
  const parts = [
    '# Conformance of the benchmark code',
    headline(analysis),
    ...sectionsOf(analysis, most).flatMap(section),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section({ title, note, heads, align, cells }: Section): string[] {
  const line = (texts: readonly string[]) => `| ${texts.map(escapeMarkdown).join(' | ')} |`;
  const rule = [...align].map((letter) => (letter === 'r' ? '---:' : '---'));
  const table = [line(heads), `| ${rule.join(' | ')} |`, ...cells.map(line)].join('\n');
  return [`## ${escapeMarkdown(title)}`, ...(note === '' ? [] : [escapeMarkdown(note)]), table];
}
