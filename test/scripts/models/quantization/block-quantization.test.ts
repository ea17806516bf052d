import { describe, expect, test } from 'vitest';
import {
  bfloat16ToFloat32,
  decodeFloat16,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../../../../scripts/models/quantization/half-precision.ts';
import { quantizeQ4_0, quantizeQ8_0 } from '../../../../scripts/models/quantization/weight-encoding.ts';

describe('half precision', () => {
  test.each<[value: number, bits: number, why: string]>([
    [1, 0x3c00, 'one'],
    [-2, 0xc000, 'minus two'],
    [65504, 0x7bff, 'the largest'],
    [65520, 0x7c00, 'rounds up to infinity'],
    [0.1, 0x2e66, 'a tenth'],
    [2 ** -24, 0x0001, 'the smallest subnormal'],
    [2 ** -25, 0x0000, 'half of it ties to even: zero'],
    [1.5 * 2 ** -24, 0x0002, 'a tie between subnormals goes to even'],
    [1 + 2 ** -11, 0x3c00, 'a tie goes to even, down'],
    [1 + 3 * 2 ** -11, 0x3c02, 'a tie goes to even, up'],
    [2 - 2 ** -12, 0x4000, 'rounding carries into the exponent'],
    [Number.NEGATIVE_INFINITY, 0xfc00, 'minus infinity'],
    [Number.NaN, 0x7e00, 'not a number'],
  ])('%f is %i: %s', (value, bits) => {
    expect(float32ToFloat16(value)).toBe(bits);
  });

  test('every finite half precision number survives the way there and back', () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, half) => half).filter((half) => (half & 0x7c00) !== 0x7c00);
    expect(Uint16Array.from(all, (half) => float32ToFloat16(float16ToFloat32(half)))).toEqual(all);
    expect(decodeFloat16(all)).toEqual(Float32Array.from(all, float16ToFloat32));
  });

  test('bfloat16 is the upper half of a float, rounded to even', () => {
    expect(bfloat16ToFloat32(0x3f80)).toBe(1);
    expect([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8].map(float32ToBfloat16)).toEqual([0x3f80, 0x3f80, 0x3f82]);
  });
});

/** 32 weights, the first ones given. */
const block = (...first: number[]) => Float32Array.from({ length: 32 }, (_, i) => first[i] ?? 0);

describe('Q8_0', () => {
  test('a block computed by hand: 127 has scale 1, halves round away from zero', () => {
    const bytes = quantizeQ8_0(block(127, -127, 0.5, -0.5, 2.4, -2.6));
    // 1.0 in half precision, low byte first.
    expect([...bytes.subarray(0, 2)]).toEqual([0x00, 0x3c]);
    expect([...new Int8Array(bytes.buffer, 2, 7)]).toEqual([127, -127, 1, -1, 2, -3, 0]);
    expect(bytes).toHaveLength(34);
  });

  test('a block of zeros has no scale', () => {
    expect([...quantizeQ8_0(block())]).toEqual(Array(34).fill(0));
  });
});

describe('Q4_0', () => {
  test('a block computed by hand: -8 has scale 1 and is level 0', () => {
    const weights = block(-8, 7, 0, 0.4, 0.6);
    weights[16] = 3;
    weights[17] = -3;
    const bytes = quantizeQ4_0(weights);
    expect([...bytes.subarray(0, 2)]).toEqual([0x00, 0x3c]);
    // Weight i and weight i + 16 share a byte; 8 is zero.
    expect([...bytes.subarray(2, 8)]).toEqual([(11 << 4) | 0, (5 << 4) | 15, 0x88, 0x88, 0x89, 0x88]);
    expect(bytes).toHaveLength(18);
  });

  test('the weight of largest magnitude decides the sign of the scale', () => {
    const bytes = quantizeQ4_0(block(8, -8));
    // -1.0; the first of equals counts, so 8 is level 0 and -8 is cut off at level 15.
    expect([...bytes.subarray(0, 2)]).toEqual([0x00, 0xbc]);
    expect([...bytes.subarray(2, 5)]).toEqual([0x80, 0x8f, 0x88]);
  });
});
