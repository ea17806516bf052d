import { beforeAll, describe, expect, it } from 'vitest';
import { compileLoops, loopModule } from '../../../../scripts/machine/ceilings/loop-pool.ts';
import {
  f32OperationsPerTurn,
  int8OperationsPerTurn,
} from '../../../../scripts/machine/ceilings/wasm/arithmetic-loops.ts';
import { signed, unsigned } from '../../../../scripts/machine/ceilings/wasm/assembler.ts';
import { blockBytes } from '../../../../scripts/machine/ceilings/wasm/bandwidth-loops.ts';

describe('numbers in LEB128', () => {
  it.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [624_485, [0xe5, 0x8e, 0x26]],
    [4_294_967_295, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('%d without a sign', (value, bytes) => expect(unsigned(value)).toEqual(bytes));

  it.each([
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-1, [0x7f]],
    [-123_456, [0xc0, 0xbb, 0x78]],
  ])('%d with a sign', (value, bytes) => expect(signed(value)).toEqual(bytes));
});

describe.each([
  ['SIMD', false],
  ['relaxed SIMD', true],
])('loops with %s', (_, relaxed) => {
  const bytes = 8 * blockBytes;
  const count = bytes / 8;
  let exports: WebAssembly.Instance['exports'];
  let numbers: Float64Array;
  let words: BigInt64Array;

  beforeAll(() => {
    compileLoops();
    const module = loopModule(relaxed);
    expect(WebAssembly.validate(module)).toBe(true);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    exports = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory } }).exports;
    numbers = new Float64Array(memory.buffer);
    words = new BigInt64Array(memory.buffer);
  });

  it('fill writes its part and nothing behind it', () => {
    numbers.fill(0);
    exports.fill?.(0, bytes, 2.5);
    expect(new Set(numbers.subarray(0, count))).toEqual(new Set([2.5]));
    expect(numbers[count]).toBe(0);
  });

  it('read sums up every 64-bit integer once', () => {
    words.fill(0n);
    for (let i = 0; i < count; i++) words[i] = BigInt(i * i);
    words[count] = 1_000_000n;
    const expected = Array.from({ length: count }, (_, i) => i * i).reduce((sum, value) => sum + value, 0);
    expect(exports.read?.(0, bytes)).toBe(BigInt(expected));
  });

  it.each(['copy', 'bulk_copy'])('%s copies everything', (name) => {
    for (let i = 0; i < count; i++) numbers[i] = i;
    numbers.fill(-1, count, 3 * count);
    exports[name]?.(bytes, 0, bytes);
    expect(numbers.slice(count, 2 * count)).toEqual(numbers.slice(0, count));
    expect(numbers[2 * count]).toBe(-1);
  });

  it('triad is b + factor x c', () => {
    for (let i = 0; i < count; i++) {
      numbers[count + i] = i;
      numbers[2 * count + i] = 10 * i;
    }
    exports.triad?.(0, bytes, 2 * bytes, bytes, 3);
    expect(Array.from(numbers.subarray(0, count))).toEqual(Array.from({ length: count }, (_, i) => 31 * i));
  });

  it('F32 arithmetic does what it is counted as: x = x * 2 + 1 in every lane', () => {
    // Two operations in each of these lanes a turn; after three turns every lane holds 1, 3, 7.
    const lanes = f32OperationsPerTurn / 2;
    expect(exports.f32_arithmetic?.(3, 2, 1)).toBe(7 * lanes);
  });

  it('8-bit arithmetic does what it is counted as', () => {
    if (relaxed) {
      // Each turn adds 3 x 5 for every pair of the counted operations.
      expect(exports.int8_arithmetic?.(4, 3, 5)).toBe((4 * 3 * 5 * int8OperationsPerTurn) / 2);
      return;
    }
    // x = x . 5 + 3, twice a turn, from 0: every 32-bit lane holds 3, then the low half of 3 by 5 and the high half, 0, by 5.
    const lanes = int8OperationsPerTurn / 2 / 4;
    const first = 3 + (3 << 16);
    const second = (3 * 5 + 3 * 5 + first) | 0;
    expect(exports.int8_arithmetic?.(1, 3, 5)).toBe((second * lanes) | 0);
  });
});
