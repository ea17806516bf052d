import { describe, expect, it } from 'vitest';
import { cellId, cellsInOrder } from '../../../../scripts/compare/sweeps/cell.ts';
import { gridOf } from '../../../../scripts/compare/sweeps/grid.ts';
import { parseSweep } from '../../../../scripts/compare/sweeps/sweep-file.ts';

const grid = (content: object) => gridOf(parseSweep({ name: 'x', framework: 'llamacpp', ...content }, 'x.json'));
const pick = (content: object, ...names: string[]) =>
  grid(content).cells.map((cell) => names.map((name) => Reflect.get(cell, name)).join(' '));

describe('a grid', () => {
  it('crosses its axes: 2 x 2 x 3', () => {
    const { cells } = grid({ quantize: ['f16', 'q8_0'], seed: [1, 2], maxTokens: [8, 16, 32] });
    expect(cells).toHaveLength(12);
    expect(new Set(cells.map((cell) => JSON.stringify(cell))).size).toBe(12);
  });

  it('leaves out what matches an exclusion in every option that it names, defaults included', () => {
    const axes = { quantize: ['f16', 'q8_0'], seed: [1, 2] };
    expect(pick({ ...axes, exclude: [{ quantize: 'f16', seed: 2 }] }, 'quantize', 'seed')).toEqual([
      'f16 1',
      'q8_0 1',
      'q8_0 2',
    ]);
    expect(grid({ ...axes, exclude: [{ workload: 'qa', seed: [1] }] })).toMatchObject({ excluded: 2 });
    expect(() => grid({ ...axes, exclude: [{ seed: [1, 2] }] })).toThrow(/has no cells/);
  });

  it('adds axes only to the cells that meet a condition', () => {
    const rule = { if: { quantize: 'f16' }, with: { threads: [1, 2] } };
    expect(pick({ quantize: ['f16', 'q8_0'], threads: 4, when: [rule] }, 'quantize', 'threads')).toEqual([
      'f16 1',
      'f16 2',
      'q8_0 4',
    ]);
  });

  it('refuses an axis that decides nothing in any of its cells, and says what does', () => {
    const lengths = { workload: 'kernel', grids: [{ concurrency: [1, 2], nGen: [8, 16] }] };
    expect(() => grid(lengths)).toThrow('"nGen" decides nothing in cells of concurrency');
    expect(() => grid({ nPrompt: [16, 64] })).toThrow('"nPrompt" decides nothing in cells of qa');
    expect(grid({ concurrency: [1, 2], maxTokens: [8, 16] }).cells).toHaveLength(4);
  });

  it('crosses each of several grids with what they share, and counts what both have once', () => {
    const { cells, merged } = grid({
      workload: 'kernel',
      nPrompt: 64,
      grids: [{ nPrompt: [64, 128] }, { depth: [0, 16] }],
    });
    expect(cells.map(({ nPrompt, depth }) => `${nPrompt} ${depth}`)).toEqual(['64 0', '128 0', '64 16']);
    expect(merged).toBe(1);
  });

  it('makes one cell of combinations that differ in options that decide nothing in them', () => {
    // The length of a kernel's prompt says nothing about questions.
    const both = grid({ workload: ['qa', 'kernel'], nPrompt: [64, 128] });
    expect(both.cells.map(({ workload, nPrompt }) => `${workload} ${nPrompt}`)).toEqual([
      'qa 64',
      'kernel 64',
      'kernel 128',
    ]);
    expect(both.merged).toBe(1);
  });

  it('refuses to become too large to hold', () => {
    const long = { from: 1, to: 1000, step: 1 };
    expect(() => grid({ seed: long, maxTokens: long })).toThrow(/1000000 combinations, and at most 100000 are allowed/);
  });
});

describe('the cells of a sweep', () => {
  const file = { iterations: 2, orderSeed: 1 };

  it('come in rounds, the second the first one mirrored, in an order that the seed draws', () => {
    const { cells } = grid({ seed: { from: 1, to: 20, step: 1 } });
    const order = cellsInOrder(cells, file, 2).map(({ options, iteration }) => `${iteration}:${options.seed}`);
    expect(order).toHaveLength(40);
    expect(new Set(order).size).toBe(40);
    const [first, second] = [order.slice(0, 20), order.slice(20)];
    expect(first).not.toEqual(first.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })));
    expect(second.map((text) => text.slice(2)).toReversed()).toEqual(first.map((text) => text.slice(2)));
    expect(cellsInOrder(cells, file, 2)).toEqual(cellsInOrder(cells, file, 2));
    expect(cellsInOrder(cells, { ...file, orderSeed: 2 }, 2)).not.toEqual(cellsInOrder(cells, file, 2));
  });

  it('are known by what decides them: not by the order of the keys, nor by whether a default was written down', () => {
    const idOf = (content: object, iteration = 0) => {
      const [options] = grid(content).cells;
      if (options === undefined) throw new Error('no cell');
      return cellId(options, iteration);
    };
    const id = idOf({ quantize: 'f16', seed: 1 });
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(idOf({ seed: 1, quantize: 'f16' })).toBe(id);
    expect(idOf({ seed: 1, quantize: 'f16', batch: 512, nPrompt: 77 })).toBe(id);
    expect(idOf({ seed: 2, quantize: 'f16' })).not.toBe(id);
    expect(idOf({ quantize: 'f16', seed: 1, maxTokens: 9 })).not.toBe(id);
    expect(idOf({ quantize: 'f16', seed: 1 }, 1)).not.toBe(id);
    expect(idOf({ quantize: 'f16', seed: 1, questions: '/no/such/file' })).not.toBe(id);
  });

  it('have the threads of this machine where they name none', () => {
    const { cells } = grid({ quantize: 'f16' });
    const [cell] = cellsInOrder(cells, file, 3);
    const [named] = cellsInOrder(grid({ quantize: 'f16', threads: 3 }).cells, file, 8);
    expect(cell?.options.threads).toBe(3);
    expect(named?.id).toBe(cell?.id);
  });
});
