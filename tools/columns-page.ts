/** docs/csv-columns.md as made from the tables; a test compares the page with it. */
import type { ColumnFacts } from '../scripts/results/table.ts';
import { allTables } from '../scripts/results/tables.ts';

export function columnsPage(): string {
  const sections = allTables.map((table) => {
    const file = 'file' in table ? table.file : '<framework>.csv';
    const note =
      'file' in table ? '' : 'The first sixteen columns are the agreed interface and stay in this order.\n\n';
    return `## \`${file}\`: ${table.rowIs}\n\n${note}${columnTable(table.columns)}\n`;
  });
  return `# Columns of the tables

\`collate/all.ts\` writes these tables. This page is made from the one list of tables,
\`scripts/results/tables.ts\`; after a change of a column, \`npx vitest run test/collate/columns-page.test.ts -u\` makes it again.

An empty cell is null: the run has no such figure. Texts are quoted as in RFC 4180; numbers have a decimal point and no
grouping; booleans are \`true\` and \`false\`; gigabytes are decimal (10^9 bytes). A cell may contain line breaks.
A text that a spreadsheet would take for a formula has an apostrophe in front: [the rule](collate.md#texts-that-look-like-formulas).

${sections.join('\n')}`;
}

function columnTable(columns: readonly ColumnFacts[]): string {
  const rows = columns.map(
    ({ name, type, unit, formula }) => `| \`${name}\` | ${type} | ${unit} | ${escaped(formula)} |`,
  );
  return ['| column | type | unit | formula or meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
