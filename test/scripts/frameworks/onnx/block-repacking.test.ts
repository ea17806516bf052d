import { expect, test } from 'vitest';
import { blockFormat } from '../../../../scripts/frameworks/onnx/graph/block-repacking.ts';
import { type GgmlTypeName, ggmlTypes } from '../../../../scripts/models/gguf/ggml-types.ts';
import { float16ToFloat32, float32ToFloat16 } from '../../../../scripts/models/quantization/half-precision.ts';
import { quantizeQ4_0, quantizeQ8_0 } from '../../../../scripts/models/quantization/weight-encoding.ts';
import { randomBlockPool } from '../../../../scripts/models/synthetic/random-blocks.ts';

const weights = Float32Array.from({ length: 256 }, (_, i) => Math.sin(i * 1.7) * (1 + i / 64));

/** What MatMulNBits makes of the integers and scales. */
function valuesOf(type: GgmlTypeName, blocks: Uint8Array): number[] {
  const format = blockFormat(type);
  if (format === undefined) throw new Error(`${type} has no format`);
  const { integers, scales } = format.repack(blocks);
  const perByte = 8 / format.bits;
  return Array.from({ length: integers.length * perByte }, (_, i) => {
    const byte = integers[Math.floor(i / perByte)] ?? 0;
    const integer = format.bits === 8 ? byte : i % 2 === 0 ? byte & 15 : byte >> 4;
    return Math.fround((integer - 2 ** (format.bits - 1)) * (scales[Math.floor(i / format.blockElements)] ?? 0));
  });
}

const scaleOf = (bytes: Uint8Array, at: number) => float16ToFloat32((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
const signed = (byte: number | undefined) => ((byte ?? 0) << 24) >> 24;

test('q8_0 keeps its values: scale times signed byte', () => {
  const blocks = quantizeQ8_0(weights);
  const expected = Array.from({ length: 256 }, (_, i) => {
    const at = Math.floor(i / 32) * ggmlTypes.q8_0.blockBytes;
    return Math.fround(scaleOf(blocks, at) * signed(blocks[at + 2 + (i % 32)]));
  });
  expect(valuesOf('q8_0', blocks)).toEqual(expected);
});

test('q4_0 keeps its values and their order: the second half of a block is in the upper nibbles', () => {
  const blocks = quantizeQ4_0(weights);
  const expected = Array.from({ length: 256 }, (_, i) => {
    const at = Math.floor(i / 32) * ggmlTypes.q4_0.blockBytes;
    const byte = blocks[at + 2 + (i % 16)] ?? 0;
    return Math.fround(scaleOf(blocks, at) * ((i % 32 < 16 ? byte & 15 : byte >> 4) - 8));
  });
  expect(valuesOf('q4_0', blocks)).toEqual(expected);
});

/** dequantize_row_q6_K of llama.cpp's ggml-quants.c, line by line. */
function dequantizeQ6K(block: Uint8Array): number[] {
  const values: number[] = [];
  const d = scaleOf(block, 208);
  for (let n = 0; n < 256; n += 128) {
    const [ql, qh, sc] = [(n / 128) * 64, 128 + (n / 128) * 32, 192 + (n / 128) * 8];
    for (let l = 0; l < 32; l++) {
      const is = Math.floor(l / 16);
      const [low, lower, high] = [block[ql + l] ?? 0, block[ql + l + 32] ?? 0, block[qh + l] ?? 0];
      const q = [
        (low & 15) | ((high & 3) << 4),
        (lower & 15) | (((high >> 2) & 3) << 4),
        (low >> 4) | (((high >> 4) & 3) << 4),
        (lower >> 4) | (((high >> 6) & 3) << 4),
      ];
      q.forEach((integer, quarter) => {
        values[n + l + 32 * quarter] = Math.fround(d * signed(block[sc + is + 2 * quarter]) * (integer - 32));
      });
    }
  }
  return values;
}

test('q6_k keeps its values: one scale for each 16 weights stands for both levels of them', () => {
  const block = randomBlockPool('q6_k', 1).slice(0, ggmlTypes.q6_k.blockBytes);
  const half = float32ToFloat16(-0.0123);
  block.set([half & 0xff, half >> 8], 208);
  expect(valuesOf('q6_k', block)).toEqual(dequantizeQ6K(block));
});

test('formats with a minimum have no such form', () => {
  expect(blockFormat('q4_k')).toBeUndefined();
  expect(blockFormat('q4_1')).toBeUndefined();
  expect(blockFormat('f16')).toBeUndefined();
});
