import { expect, test } from 'vitest';
import { pivotOf, pivotText } from '../../collate/analysis/pivot.ts';
import { aRun } from './run-rows.ts';

const at = (framework: string, quantize: string, rate: number | null, more = {}) =>
  aRun({ framework, quantize, decode_tokens_per_s: rate, ...more });
const asked = { down: 'framework', across: 'quantize', of: 'decode_tokens_per_s' };

test('a cell has the median of its runs, and nothing where there is none', async () => {
  const runs = [
    at('a', 'q8_0', 10),
    at('a', 'q8_0', 30),
    at('a', 'q8_0', 11),
    at('b', 'f16', 7),
    at('b', 'q8_0', null),
  ];
  const { heads, rows } = await pivotOf(runs, asked);
  expect(heads).toEqual(['f16', 'q8_0']);
  expect(rows).toEqual([
    { down: ['a'], cells: [null, { median: 11, runs: 3 }] },
    { down: ['b'], cells: [{ median: 7, runs: 1 }, null] },
  ]);
});

test('hosts, models and lengths are never pooled', async () => {
  const runs = [
    at('a', 'f16', 10, { hostname: 'one', max_tokens: 8 }),
    at('a', 'f16', 20, { hostname: 'two', max_tokens: 8 }),
    at('a', 'f16', 30, { hostname: 'two', max_tokens: 64 }),
  ];
  const pivot = await pivotOf(runs, asked);
  expect(pivot.rows.map(({ down, cells }) => [...down, cells[0]?.median])).toEqual([
    ['one', '8', 'a', 10],
    ['two', '8', 'a', 20],
    ['two', '64', 'a', 30],
  ]);
});

test('what a framework is run with splits its cells, and is no column where it only goes with the framework', async () => {
  const own = [at('a', 'f16', 10, { kv_type: 'f16' }), at('b', 'f16', 20, { kv_type: 'f32' })];
  expect((await pivotOf(own, asked)).rows.map(({ down }) => down)).toEqual([['a'], ['b']]);
  const { down, rows } = await pivotOf([...own, at('a', 'f16', 30, { kv_type: 'q8_0' })], asked);
  expect(down.map(({ name }) => name)).toEqual(['kv_type', 'framework']);
  expect(rows.map((row) => [...row.down, row.cells[0]?.median])).toEqual([
    ['f16', 'a', 10],
    ['f32', 'b', 20],
    ['q8_0', 'a', 30],
  ]);
});

test('names that would be code or headings of the library are values as all others', async () => {
  const names = ['value', 'across', 'down0', 'd => d.value', '__proto__', ''];
  const { heads, rows } = await pivotOf(
    names.map((name, i) => at(name, name, i + 1)),
    asked,
  );
  expect(heads.toSorted()).toEqual(names.toSorted());
  expect(rows.flatMap(({ cells }) => cells.flatMap((cell) => cell?.median ?? [])).toSorted()).toEqual([
    1, 2, 3, 4, 5, 6,
  ]);
});

test('the text says what it shows, in which unit, and of how many runs', async () => {
  const text = pivotText(await pivotOf([at('a', 'f16', 10), at('a', 'f16', 20)], asked));
  expect(text).toContain('tokens/s: medians of runs, by Quantisation');
  expect(text).toMatch(/^a +15\.0 \(2\)$/m);
});

test.each([
  [{ ...asked, down: 'framwork' }, 'Did you mean framework'],
  [{ ...asked, of: 'model' }, 'no figure'],
])('%o is refused', async (wrong, said) => {
  await expect(pivotOf([], wrong)).rejects.toThrow(said);
});
