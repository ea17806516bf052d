/** docs/csv-columns.md as made from the columns; a test compares the page with it. */
import { accuracyColumns } from './columns/accuracy.ts';
import { accuracyItemColumns } from './columns/accuracy-items.ts';
import { answerColumns } from './columns/answers.ts';
import type { Column } from './columns/column.ts';
import { hardwareColumns } from './columns/hardware.ts';
import { loadColumns } from './columns/load.ts';
import { memoryColumns } from './columns/memory.ts';
import { parityColumns } from './columns/parity.ts';
import { poolColumns } from './columns/pool.ts';
import { runColumns } from './columns/runs.ts';
import { sweepColumns } from './columns/sweeps.ts';
import { tokenColumns } from './columns/tokens.ts';

export function columnsPage(): string {
  return `# Columns of the tables

\`collate/all.ts\` writes these tables. This page is made from the one list of columns,
\`collate/tables/columns/\`; after a change of it, \`npx vitest run test/collate/columns-page.test.ts -u\` makes it again.

An empty cell is null: the run has no such figure. Texts are quoted as in RFC 4180; numbers have a decimal point and no
grouping; booleans are \`true\` and \`false\`; gigabytes are decimal (10^9 bytes). A cell may contain line breaks.
A text that a spreadsheet would take for a formula has an apostrophe in front: [the rule](collate.md#texts-that-look-like-formulas).

## \`<framework>.csv\`: a row per generated token

The first sixteen columns are the agreed interface and stay in this order.

${columnTable(tokenColumns)}

## \`answers.csv\`: a row per answer

${columnTable(answerColumns)}

## \`parity.csv\`: a row per question of a parity run

${columnTable(parityColumns)}

## \`load.csv\`: a row per stage of a load test

${columnTable(loadColumns)}

## \`memory.csv\`: a row per reading of a run's memory, and per peak

${columnTable(memoryColumns)}

## \`hardware.csv\`: a row per figure of a hardware benchmark

${columnTable(hardwareColumns)}

## \`pool.csv\`: a row per level, fault and series of loads of a resource pool test

${columnTable(poolColumns)}

## \`accuracy.csv\`: a row per run and task, or run and text

${columnTable(accuracyColumns)}

## \`accuracy_items.csv\`: a row per item of a task

${columnTable(accuracyItemColumns)}

## \`sweeps.csv\`: a row per cell of a sweep that has no log

${columnTable(sweepColumns)}

## \`runs.csv\`: a row per run, whatever became of it

${columnTable(runColumns)}
`;
}

function columnTable(columns: readonly Column[]): string {
  const rows = columns.map(
    ({ name, type, unit, formula }) => `| \`${name}\` | ${type} | ${unit} | ${escaped(formula)} |`,
  );
  return ['| column | type | unit | formula or meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
