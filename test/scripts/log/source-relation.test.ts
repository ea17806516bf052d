import { describe, expect, test } from 'vitest';
import { compareCells } from '../../../scripts/compare/comparison.ts';
import { sourceRelation } from '../../../scripts/log/lineage.ts';
import { simulatedCells } from '../../fakes/simulated-cells.ts';

const run = (sha256: string, rootSha256: string | null = null, lineage: string | null = null) => ({
  ...{ sha256, rootSha256, lineage },
});

const unknown = 'not known to descend from the same source';
const converted = 'convert to f16 (Tokenlap 0.1.0), quantize to q8_0 (Tokenlap 0.1.0)';

describe('two groups of runs', () => {
  test.each<[why: string, a: ReturnType<typeof run>[], b: ReturnType<typeof run>[], says: string]>([
    ['one file', [run('a')], [run('a')], 'same source'],
    ['two files of logs that say nothing', [run('a')], [run('b')], unknown],
    [
      'a file and one that was made of it',
      [run('a', 'a')],
      [run('b', 'a', 'quantize to q8_0 (Tokenlap 0.1.0)')],
      'same source',
    ],
    ['two fetched files', [run('a', 'a')], [run('b', 'b')], unknown],
    ['conversions of one folder', [run('a', 'r', converted)], [run('b', 'r', 'convert to f16 (x)')], 'same source'],
    ['conversions of two folders', [run('a', 'r', converted)], [run('b', 's', converted)], 'other source'],
    ['a conversion and a fetched file', [run('a', 'r', converted)], [run('b', 'b')], unknown],
    ['random weights of two formats', [run('a', 'a', 'synthesize (x)')], [run('b', 'b', 'synthesize (x)')], unknown],
    [
      'files of two roots in one group',
      [run('a', 'r', converted), run('c', 's', converted)],
      [run('b', 'r', converted)],
      unknown,
    ],
    ['nothing at all', [], [run('a')], unknown],
    ['a conversion and nothing at all', [run('a', 'r', converted)], [], unknown],
    ['nothing and nothing', [], [], unknown],
  ])('%s', (_, a, b, says) => {
    expect(sourceRelation(a, b)).toBe(says);
    expect(sourceRelation(b, a)).toBe(says);
  });
});

test.each([
  ['another conversion is not ranked', run('b', 's', converted), /descend from another source/],
  ['another format of the same one is', run('b', 'r', converted), null],
  ['what nothing is known of is', run('b', 'b'), null],
])('at the end of a session %s', (_, source, says) => {
  const [first, second] = simulatedCells([
    [100, 101, 102],
    [50, 51, 52],
  ]);
  const cells = [
    { cell: first, source: run('a', 'r', converted) },
    { cell: second, source },
  ].flatMap(({ cell, source: of }) =>
    cell === undefined ? [] : [{ ...cell, runs: cell.runs.map((one) => ({ ...one, source: of })) }],
  );
  const rows = compareCells(cells, 'decode').classes.flatMap((each) => each.rows);
  expect(rows.map(({ unranked }) => unranked)).toEqual([null, says === null ? null : expect.stringMatching(says)]);
});
