import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromCSV } from 'arquero';
import { expect, test } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import { operatorsTable } from '../../scripts/results/operators-table.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { outputFolder, tokensOf } from './output-folder.ts';

async function collated() {
  const output = outputFolder();
  output.log();
  await collateAll({ output: output.path });
  return output;
}

test('a folder without tables names the command that makes them, with exit code 3', async () => {
  const output = outputFolder();
  const missing = { exitCode: 3, remedy: expect.stringContaining('npx tsx collate/all.ts') };
  expect(() => readTable(output.path, runsTable)).toThrow(expect.objectContaining(missing));
  await expect(tokensOf(output.path, 'llamacpp')).rejects.toMatchObject(missing);
});

test('a table that is missing beside the others names the command that makes all of them again', async () => {
  const output = await collated();
  rmSync(join(output.path, operatorsTable.file));
  const stale = { message: expect.stringMatching(/but runs\.csv is/), remedy: expect.stringContaining('--rebuild') };
  expect(() => readTable(output.path, operatorsTable)).toThrow(expect.objectContaining({ exitCode: 3, ...stale }));
});

test.each<[what: string, edit: (csv: string) => string, says: RegExp]>([
  ['is empty', () => '', /runs\.csv:1: the file is empty/],
  ['is another file', () => 'a,b\n1,2\n', /runs\.csv:1: is no header of this table/],
  ['lacks a column', (csv) => csv.replace('threads', 'thraeds'), /runs\.csv:1: lacks the columns threads/],
  ['has a short row', (csv) => `${csv}x,completed\n`, /runs\.csv:3: has 2 cells/],
  [
    'has a word for a number',
    (csv) => csv.replace(',42,', ',many,'),
    /runs\.csv:2: seed is "many", not a whole number/,
  ],
])('a table that %s is refused with file and line', async (_, edit, says) => {
  const output = await collated();
  const path = join(output.path, 'runs.csv');
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
  expect(() => readTable(output.path, runsTable)).toThrow(says);
});

test('lines are counted with the line breaks in texts', async () => {
  const output = outputFolder();
  output.log({ answers: [{ texts: ['a\nb\nc', '\n', 'd'] }] });
  await collateAll({ output: output.path });
  const path = join(output.path, 'llamacpp.csv');
  writeFileSync(path, `${readFileSync(path, 'utf8')}broken\n`);
  await expect(tokensOf(output.path, 'llamacpp')).rejects.toThrow(/llamacpp\.csv:8: has 1 cells/);
});

test('columns that somebody added are left out', async () => {
  const output = await collated();
  const path = join(output.path, 'runs.csv');
  const [header, row] = readFileSync(path, 'utf8').trimEnd().split('\n');
  writeFileSync(path, `note,${header}\nmine,${row}\n`);
  expect(readTable(output.path, runsTable)).toMatchObject([{ status: 'completed', seed: 42 }]);
  expect(readTable(output.path, runsTable)[0]).not.toHaveProperty('note');
});

test('Arquero reads the tables as they are, an empty cell as null', async () => {
  const output = await collated();
  const table = fromCSV(readFileSync(join(output.path, 'runs.csv'), 'utf8'));
  expect(table.get('decode_tokens_per_s', 0)).toBe(100);
  expect(table.get('error', 0)).toBe(null);
});

test('a byte order mark before a table or a log, as a spreadsheet or an editor leaves it, is no part of it', async () => {
  const output = await collated();
  const [runs, tokens] = [readTable(output.path, runsTable), await tokensOf(output.path, 'llamacpp')];
  for (const table of ['runs.csv', 'llamacpp.csv']) {
    const path = join(output.path, table);
    writeFileSync(path, `\ufeff${readFileSync(path, 'utf8')}`);
  }
  expect(readTable(output.path, runsTable)).toEqual(runs);
  expect(await tokensOf(output.path, 'llamacpp')).toEqual(tokens);
  const marked = outputFolder();
  const log = marked.log();
  writeFileSync(marked.raw(log), `\ufeff${readFileSync(marked.raw(log), 'utf8')}`);
  expect((await collateAll({ output: marked.path })).problems).toEqual([]);
  expect(readTable(marked.path, runsTable)).toEqual(runs);
});
