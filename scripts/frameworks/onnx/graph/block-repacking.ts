/**
 * Repacks blocks of ggml's formats for MatMulNBits: unsigned integers around a zero point in the middle of their range, and a
 * float32 scale for each block. The values of the weights do not change.
 */
import { type GgmlTypeName, ggmlTypes } from '../../../models/gguf/ggml-types.ts';
import { float16ToFloat32 } from '../../../models/quantization/half-precision.ts';

export interface BlockFormat {
  /** Bits of one weight; its zero point is half of the range. */
  bits: 4 | 8;
  /** Weights that share a scale. */
  blockElements: number;
  repack(blocks: Uint8Array): Repacked;
}

interface Repacked {
  /** Weights of 4 bits are two in a byte, the first in the lower half. */
  integers: Uint8Array;
  scales: Float32Array;
}

const formats: Partial<Record<GgmlTypeName, BlockFormat>> = {
  q8_0: { bits: 8, blockElements: 32, repack: repackQ8_0 },
  q4_0: { bits: 4, blockElements: 32, repack: repackQ4_0 },
  // Six bits fit into eight, and the two levels of scales of a block of 256 into one scale for each 16.
  q6_k: { bits: 8, blockElements: 16, repack: repackQ6_K },
};

/** Undefined for formats whose weights are not an integer times a scale: formats with a minimum or with tables of levels. */
export function blockFormat(type: GgmlTypeName): BlockFormat | undefined {
  return formats[type];
}

/** w = d q, q signed */
function repackQ8_0(blocks: Uint8Array): Repacked {
  const { count, integers, scales } = outputFor(blocks, 'q8_0', 32, 1);
  for (let block = 0, at = 0, out = 0; block < count; block++) {
    scales[block] = halfAt(blocks, at);
    at += 2;
    for (const end = at + 32; at < end; at++, out++) integers[out] = (blocks[at] ?? 0) ^ 0x80;
  }
  return { integers, scales };
}

/** w = d (q - 8); byte i of a block holds weights i and i + 16 */
function repackQ4_0(blocks: Uint8Array): Repacked {
  const { count, integers, scales } = outputFor(blocks, 'q4_0', 16, 1);
  for (let block = 0, at = 0, out = 0; block < count; block++) {
    scales[block] = halfAt(blocks, at);
    at += 2;
    for (let i = 0; i < 8; i++) {
      const first = blocks[at + 2 * i] ?? 0;
      const second = blocks[at + 2 * i + 1] ?? 0;
      integers[out + i] = (first & 15) | ((second & 15) << 4);
      integers[out + 8 + i] = (first >> 4) | (second & 0xf0);
    }
    at += 16;
    out += 16;
  }
  return { integers, scales };
}

/**
 * w = d s (q - 32), s for each 16 weights. Two halves of 128 weights, alike: 64 bytes of low nibbles and 32 bytes of high
 * pairs of bits; at the end of the block 16 scales and d (ggml-quants.c, dequantize_row_q6_K).
 */
function repackQ6_K(blocks: Uint8Array): Repacked {
  const { count, integers, scales } = outputFor(blocks, 'q6_k', 256, 16);
  const { blockBytes } = ggmlTypes.q6_k;
  for (let block = 0; block < count; block++) {
    const at = block * blockBytes;
    const d = halfAt(blocks, at + 208);
    for (let i = 0; i < 16; i++) scales[block * 16 + i] = d * (((blocks[at + 192 + i] ?? 0) << 24) >> 24);
    for (let half = 0; half < 2; half++) {
      for (let i = 0; i < 128; i++) {
        const low = blocks[at + half * 64 + (i & 63)] ?? 0;
        const high = blocks[at + 128 + half * 32 + (i & 31)] ?? 0;
        const nibble = i < 64 ? low & 15 : low >> 4;
        const pair = (high >> (2 * (i >> 5))) & 3;
        integers[block * 256 + half * 128 + i] = (nibble | (pair << 4)) - 32 + 128;
      }
    }
  }
  return { integers, scales };
}

function outputFor(blocks: Uint8Array, type: GgmlTypeName, integerBytes: number, scaleCount: number) {
  const count = blocks.length / ggmlTypes[type].blockBytes;
  return { count, integers: new Uint8Array(count * integerBytes), scales: new Float32Array(count * scaleCount) };
}

function halfAt(bytes: Uint8Array, at: number): number {
  return float16ToFloat32((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
}
