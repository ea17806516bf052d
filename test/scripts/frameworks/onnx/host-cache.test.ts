import { expect, test } from 'vitest';
import type { DecoderShape } from '../../../../scripts/frameworks/onnx/graph/decoder-shape.ts';
import { HostCache } from '../../../../scripts/frameworks/onnx/key-value-cache.ts';
import { Tensor } from '../../../../scripts/frameworks/onnx/runtime.ts';

const shape: DecoderShape = {
  ...{ family: 'llama', layers: 2, heads: 4, keyValueHeads: 3, headSize: 2, vocabulary: 8, contextLength: 16 },
  ...{ normEpsilon: 1e-5, rotation: null },
};

/** Keys and values that say where they belong: part, head, position and element are the digits of a number. */
const element = (part: number, head: number, position: number, i: number) =>
  part * 10_000 + head * 1000 + position * 10 + i;

function run(past: number, tokens: number) {
  const data: number[] = [];
  for (let part = 0; part < 4; part++) {
    for (let head = 0; head < 3; head++) {
      for (let t = 0; t < tokens; t++) data.push(element(part, head, past + t, 0), element(part, head, past + t, 1));
    }
  }
  return { new_keys_and_values: new Tensor('float32', Float32Array.from(data), [4, 3, tokens, 2]) };
}

function expectFilled(cache: HostCache, positions: number, filled: number): void {
  const feeds = Object.values(cache.feeds);
  expect(feeds.map(({ dims }) => dims)).toEqual(Array(4).fill([1, 3, positions, 2]));
  feeds.forEach(({ data }, part) => {
    for (let head = 0; head < 3; head++) {
      for (let position = 0; position < filled; position++) {
        expect(data[(head * positions + position) * 2 + 1]).toBe(element(part, head, position, 1));
      }
    }
  });
}

test('new keys and values lie behind the old ones of their head', () => {
  const cache = new HostCache(shape, 'float32', 16);
  expect(Object.keys(cache.feeds)).toEqual([]);
  expect(cache.bytes).toBe(2 * 2 * 3 * 16 * 2 * 4);
  expect(cache.prepare(6, 0)).toBe(0);
  cache.store(run(0, 4), 0, 4);
  cache.store(run(4, 1), 4, 1);
  expectFilled(cache, 6, 5);
});

test.each([
  { was: 6, becomes: 13 },
  { was: 13, becomes: 6 },
])('what is kept of a text of $was positions keeps its place in one of $becomes', ({ was, becomes }) => {
  const cache = new HostCache(shape, 'float32', 16);
  cache.prepare(was, 0);
  cache.store(run(0, 5), 0, 5);
  expect(cache.prepare(becomes, 4)).toBe(4);
  cache.store(run(4, 2), 4, 2);
  expectFilled(cache, becomes, 6);
});

test('half-precision takes half of the memory', () => {
  expect(new HostCache(shape, 'float16', 16).bytes).toBe(new HostCache(shape, 'float32', 16).bytes / 2);
});
