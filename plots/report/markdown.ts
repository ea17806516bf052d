/** The report as Markdown. Text from the measurements is escaped: a model may be called `*_[x](y)`. */
import { escapeMarkdown, fenced } from '../../scripts/command-line/markdown-text.ts';
import { type Block, columnHeading, type ReportDocument, type Section, type Table } from './document.ts';

export function renderMarkdown(document: ReportDocument): string {
  const inner = (section: Section) =>
    `## ${escapeMarkdown(section.title)}\n\n${section.blocks.map(renderBlock).join('\n\n')}`;
  const parts = [
    `# ${escapeMarkdown(document.title)}`,
    escapeMarkdown(document.subtitle),
    ...document.sections.map(inner),
    ...(document.appendix.length === 0 ? [] : ['# Appendix', ...document.appendix.map(inner)]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      switch (block.role) {
        case 'answer':
          return `**${escapeMarkdown(block.text)}**`;
        case 'warning':
          return `> **Warning:** ${escapeMarkdown(block.text)}`;
        case 'note':
        case 'text':
          return escapeMarkdown(block.text);
        default:
          return block.role satisfies never;
      }
    case 'list':
      return block.items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
    case 'commands':
      return fenced(block.lines.join('\n'));
    case 'table':
      return renderTable(block);
    case 'figure': {
      const file = block.files.svg ?? block.files.png;
      const picture = file === undefined ? '' : `\n\n![${escapeMarkdown(block.alt)}](${encodeURI(file)})`;
      return `### ${escapeMarkdown(block.title)}${picture}`;
    }
    default:
      return block satisfies never;
  }
}

function renderTable(table: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `*${escapeMarkdown(table.caption)}*`,
    '',
    line(table.columns.map((column) => escapeMarkdown(columnHeading(column)))),
    line(table.columns.map((column) => (column.align === 'right' ? '---:' : '---'))),
    ...table.rows.map((row) => line(row.map((cell) => escapeMarkdown(cell.text)))),
  ].join('\n');
}
