/**
 * Weights of quantised blocks as numbers (ggml-quants.c, dequantize_row_*): w = d q, or w = d q + m, with scales of scales
 * in blocks of 256. Scales and levels are so short that only the last sum is rounded, to float32, as llama.cpp does it.
 * For looking at weights and for writing them in another format; engines have decoders of their own.
 */
import { type GgmlTypeName, ggmlTypes } from '../gguf/ggml-types.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-precision.ts';

/** One block into `values`, from `to` on. */
type BlockDecoder = (block: DataView, at: number, values: Float32Array, to: number) => void;

const decoders: Partial<Record<GgmlTypeName, BlockDecoder>> = {
  f32: (block, at, values, to) => {
    values[to] = block.getFloat32(at, true);
  },
  f16: (block, at, values, to) => {
    values[to] = half(block, at);
  },
  bf16: (block, at, values, to) => {
    values[to] = bfloat16ToFloat32(block.getUint16(at, true));
  },
  q8_0: (block, at, values, to) => {
    const scale = half(block, at);
    for (let i = 0; i < 32; i++) values[to + i] = scale * block.getInt8(at + 2 + i);
  },
  q4_0: (block, at, values, to) => nibbles(block, at + 2, values, to, half(block, at), -8 * half(block, at)),
  q4_1: (block, at, values, to) => nibbles(block, at + 4, values, to, half(block, at), half(block, at + 2)),
  q5_0: (block, at, values, to) => fiveBits(block, at + 2, values, to, half(block, at), -16 * half(block, at)),
  q5_1: (block, at, values, to) => fiveBits(block, at + 4, values, to, half(block, at), half(block, at + 2)),
  q4_k: (block, at, values, to) => superBlock(block, at, values, to, at + 16, undefined),
  q5_k: (block, at, values, to) => superBlock(block, at, values, to, at + 48, at + 16),
  q6_k: sixBits,
};

/** Undefined for formats that are not decoded here. */
export function blockDecoder(type: GgmlTypeName): ((bytes: Uint8Array) => Float32Array) | undefined {
  const decode = decoders[type];
  if (decode === undefined) return undefined;
  const { blockElements, blockBytes } = ggmlTypes[type];
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const blocks = bytes.byteLength / blockBytes;
    const values = new Float32Array(blocks * blockElements);
    for (let block = 0; block < blocks; block++) decode(view, block * blockBytes, values, block * blockElements);
    return values;
  };
}

function half(block: DataView, at: number): number {
  return float16ToFloat32(block.getUint16(at, true));
}

/** Byte i holds weights i and i + 16. */
function nibbles(block: DataView, at: number, values: Float32Array, to: number, scale: number, minimum: number): void {
  for (let i = 0; i < 16; i++) {
    const byte = block.getUint8(at + i);
    values[to + i] = scale * (byte & 15) + minimum;
    values[to + 16 + i] = scale * (byte >> 4) + minimum;
  }
}

/** Four bytes of fifth bits before the nibbles. */
function fiveBits(block: DataView, at: number, values: Float32Array, to: number, scale: number, minimum: number): void {
  const high = block.getUint32(at, true);
  for (let i = 0; i < 16; i++) {
    const byte = block.getUint8(at + 4 + i);
    values[to + i] = scale * ((byte & 15) | (((high >>> i) & 1) << 4)) + minimum;
    values[to + 16 + i] = scale * ((byte >> 4) | (((high >>> (i + 16)) & 1) << 4)) + minimum;
  }
}

/** Q4_K and Q5_K: eight groups of 32 weights, each with a scale and a minimum of 6 bits in 12 bytes. */
function superBlock(
  block: DataView,
  at: number,
  values: Float32Array,
  to: number,
  low: number,
  high: number | undefined,
) {
  const scale = half(block, at);
  const minimum = half(block, at + 2);
  for (let group = 0; group < 8; group++) {
    const [s, m] = scaleAndMinimum(block, at + 4, group);
    for (let i = 0; i < 32; i++) {
      const byte = block.getUint8(low + (group >> 1) * 32 + i);
      const fifth = high === undefined ? 0 : ((block.getUint8(high + i) >> group) & 1) << 4;
      const level = (group % 2 === 0 ? byte & 15 : byte >> 4) | fifth;
      values[to + group * 32 + i] = scale * s * level - minimum * m;
    }
  }
}

/** ggml-quants.c, get_scale_min_k4. */
function scaleAndMinimum(block: DataView, at: number, group: number): [scale: number, minimum: number] {
  const byte = (index: number) => block.getUint8(at + index);
  if (group < 4) return [byte(group) & 63, byte(group + 4) & 63];
  return [(byte(group + 4) & 15) | ((byte(group - 4) >> 6) << 4), (byte(group + 4) >> 4) | ((byte(group) >> 6) << 4)];
}

/** Q6_K: 128 bytes of low nibbles, 64 of upper pairs of bits, 16 scales of 8 bits, one scale over all. */
function sixBits(block: DataView, at: number, values: Float32Array, to: number): void {
  const scale = half(block, at + 208);
  for (let i = 0; i < 256; i++) {
    const part = i >> 7;
    const quarter = (i >> 5) & 3;
    const place = i & 31;
    const low = block.getUint8(at + part * 64 + (quarter % 2) * 32 + place);
    const nibble = quarter < 2 ? low & 15 : low >> 4;
    const upper = (block.getUint8(at + 128 + part * 32 + place) >> (2 * quarter)) & 3;
    values[to + i] = scale * block.getInt8(at + 192 + (i >> 4)) * ((nibble | (upper << 4)) - 32);
  }
}
