import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { csvLine, csvText, parseCell } from '../../collate/tables/csv.ts';
import type { ColumnFacts } from '../../scripts/results/table.ts';
import { hostileTexts, pick, randomNumbers } from '../fakes/hostile-text.ts';

const text: ColumnFacts = { name: 'text', type: 'string', unit: '', title: 'Text', formula: '' };
const cellsOf = (line: string) => Papa.parse<string[]>(line, { delimiter: ',', newline: '\n' }).data[0] ?? [];

test.each<[text: string, cell: string]>([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1.5', "'-1.5"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', "'\r=1"],
  ["'=1", "''=1"],
  ["'tis", "'tis"],
  ['1-1', '1-1'],
  [' =1', ' =1'],
])('the text %j is the cell %j, and is read back', (written, cell) => {
  expect(cellsOf(csvLine([written]))).toEqual([cell]);
  expect(cellsOf(csvText(written))).toEqual([cell]);
  expect(parseCell(cell, text)).toBe(written);
});

test('a number stays a number', () => {
  expect(csvLine([-1.5, 1e-9, true, null, 'x'])).toBe('-1.5,1e-9,true,,x\n');
});

test('ten thousand texts come back as they were, and none begins as a formula does', () => {
  const random = randomNumbers(7);
  const letters = [
    "'",
    '=',
    '-',
    '+',
    '@',
    '\t',
    '\r',
    '\n',
    '"',
    ',',
    'a',
    ' ',
    ...hostileTexts.filter((each) => each.length < 50),
  ];
  for (let i = 0; i < 10_000; i++) {
    const written = Array.from({ length: 1 + Math.floor(4 * random()) }, () => pick(random, letters)).join('');
    const [cell = ''] = cellsOf(csvLine([written, 'end']));
    expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    expect(parseCell(cell, text)).toBe(written === '' ? null : written);
  }
});
