/** The order in which the cells of both builds run. */
import { describe, expect, it } from 'vitest';
import { gateTurns } from '../../../../scripts/compare/ci/rounds.ts';

const cells = [1, 2, 3, 4].map((cell) => ({ cell, runs: 8 }));

describe('the turns of two builds', () => {
  const turns = gateTurns(cells, 42);

  it('are as many for each side of each cell as were asked for, each iteration once', () => {
    for (const { cell } of cells) {
      for (const side of ['base', 'head']) {
        const iterations = turns
          .filter((turn) => turn.cell === cell && turn.side === side)
          .map((turn) => turn.iteration);
        expect(iterations).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      }
    }
  });

  it('come in blocks of A B B A of one cell, and a block of every cell before the next of any', () => {
    const blocks = Array.from({ length: turns.length / 4 }, (_, i) => turns.slice(4 * i, 4 * i + 4));
    for (const block of blocks) {
      expect(new Set(block.map(({ cell }) => cell)).size).toBe(1);
      const [first, second, third, fourth] = block.map(({ side }) => side);
      expect([second, third, fourth]).toEqual([first === 'base' ? 'head' : 'base', second, first]);
    }
    for (let round = 0; round < 4; round++) {
      const ofRound = blocks.slice(4 * round, 4 * round + 4).map(([turn]) => turn?.cell);
      expect(ofRound.toSorted()).toEqual([1, 2, 3, 4]);
    }
  });

  it('begin with either side equally often', () => {
    const begins = cells.map(({ cell }) => turns.find((turn) => turn.cell === cell)?.side);
    expect(begins.toSorted()).toEqual(['base', 'base', 'head', 'head']);
  });

  it('are the same again from the same seed, and others from another', () => {
    expect(gateTurns(cells, 42)).toEqual(turns);
    expect(gateTurns(cells, 43)).not.toEqual(turns);
  });
});

it('gives each suspect as many runs as it needs', () => {
  const turns = gateTurns(
    [
      { cell: 5, runs: 4 },
      { cell: 9, runs: 12 },
    ],
    1,
  );
  expect(turns.filter(({ cell }) => cell === 5)).toHaveLength(8);
  expect(turns.filter(({ cell }) => cell === 9)).toHaveLength(24);
  expect(gateTurns([], 1)).toEqual([]);
});
