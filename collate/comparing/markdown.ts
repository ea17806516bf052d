/** A comparison as Markdown: for a pull request, an issue, a page. Names from logs are escaped. */
import { percent } from '../../scripts/command-line/format.ts';
import { escapeMarkdown, fenced } from '../../scripts/command-line/markdown-text.ts';
import type { ComparedRow, ComparisonReport } from './comparison.ts';
import { changeLines, firstCommands, sideLine, unmatchedLine } from './text.ts';
import { rowsAsTable, tableNote } from './words.ts';

export function comparisonMarkdown(report: ComparisonReport): string {
  const { sentence, rows, doubts, onlyIn, sides, floor, falseAlarms } = report;
  const commands = firstCommands(rows);
  const parts = [
    `**${escapeMarkdown(sentence)}**`,
    ...(rows.length === 0 ? [] : [rowsTable(rows)]),
    ...block('What else changed', changeLines(report)),
    ...block('Before you believe it', doubts),
    ...block(`Only in ${sides.base.words}`, onlyIn.base.map(unmatchedLine)),
    ...block(`Only in ${sides.head.words}`, onlyIn.head.map(unmatchedLine)),
    ...(commands.length === 0 ? [] : ['### Again', fenced(commands.join('\n'))]),
    ...block('Sides', [sideLine('A', sides.base), sideLine('B', sides.head)]),
    escapeMarkdown(
      `Ratios by Hodges and Lehmann with the interval of the exact Mann-Whitney test, corrected after Holm over ${rows.length} figures: a false alarm in one of ${Math.round(1 / falseAlarms)} such comparisons at most. A change counts from ${percent(floor.share)} on, ${floor.words}.`,
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function block(title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : [`### ${escapeMarkdown(title)}`, lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n')];
}

function rowsTable(rows: readonly ComparedRow[]): string {
  const { heads, align, cells } = rowsAsTable(rows);
  const line = (texts: readonly string[]) => `| ${texts.map(escapeMarkdown).join(' | ')} |`;
  const rule = [...align].map((letter) => (letter === 'r' ? '---:' : '---'));
  return [line(heads), `| ${rule.join(' | ')} |`, ...cells.map(line), '', escapeMarkdown(tableNote)].join('\n');
}
