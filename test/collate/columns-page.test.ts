import { expect, test } from 'vitest';
import { runColumns } from '../../scripts/results/runs/runs.ts';
import { loadTable } from '../../scripts/workloads/load/tables.ts';
import { parityTable } from '../../scripts/workloads/parity/tables.ts';
import { answersTable, tokenColumns } from '../../scripts/workloads/questions/tables.ts';
import { columnsPage } from '../../tools/columns-page.ts';

test('docs/csv-columns.md is what the columns say', async () => {
  await expect(
    columnsPage(),
    'docs/csv-columns.md is out of date; make it again: npx vitest run test/collate/columns-page.test.ts -u',
  ).toMatchFileSnapshot('../../docs/csv-columns.md');
});

test.each([
  ['tokens', tokenColumns],
  ['answers', answersTable.columns],
  ['parity', parityTable.columns],
  ['load', loadTable.columns],
  ['runs', runColumns],
])('no column of %s stands there twice', (_, columns) => {
  const names = columns.map((column) => column.name);
  expect(new Set(names).size).toBe(names.length);
});
