import { expect, test } from 'vitest';
import { answerColumns } from '../../collate/tables/columns/answers.ts';
import { loadColumns } from '../../collate/tables/columns/load.ts';
import { parityColumns } from '../../collate/tables/columns/parity.ts';
import { runColumns } from '../../collate/tables/columns/runs.ts';
import { tokenColumns } from '../../collate/tables/columns/tokens.ts';
import { columnsPage } from '../../collate/tables/columns-page.ts';

test('docs/csv-columns.md is what the columns say', async () => {
  await expect(
    columnsPage(),
    'docs/csv-columns.md is out of date; make it again: npx vitest run test/collate/columns-page.test.ts -u',
  ).toMatchFileSnapshot('../../docs/csv-columns.md');
});

test.each([
  ['tokens', tokenColumns],
  ['answers', answerColumns],
  ['parity', parityColumns],
  ['load', loadColumns],
  ['runs', runColumns],
])('no column of %s stands there twice', (_, columns) => {
  const names = columns.map((column) => column.name);
  expect(new Set(names).size).toBe(names.length);
});
