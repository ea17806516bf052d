/**
 * Q8_0 and Q4_0 as llama.cpp's reference makes them, bit for bit (ggml-quants.c, quantize_row_q8_0_ref and
 * quantize_row_q4_0_ref): blocks of 32 weights with one half-precision scale. Every step rounds to single precision, as
 * C does. Billions of weights go through these loops, and signs are random: so they look at bits where a comparison
 * would be a branch that the processor guesses wrong every second time.
 */
import { ggmlTypes } from '../gguf/ggml-types.ts';
import { float32ToFloat16 } from './half-precision.ts';

const blockElements = 32;
const half = blockElements / 2;
const magnitudeBits = 0x7fffffff;
const { fround } = Math;

/**
 * @param weights a whole number of blocks of 32
 * @param bytes takes the blocks; made when absent
 */
export function quantizeQ8_0(weights: Float32Array, bytes: Uint8Array = blocksFor('q8_0', weights)): Uint8Array {
  const { blockBytes } = ggmlTypes.q8_0;
  const bits = new Int32Array(weights.buffer, weights.byteOffset, weights.length);
  for (let start = 0, at = 0; start < weights.length; start += blockElements, at += blockBytes) {
    const largest = Math.abs(weights[placeOfLargest(bits, start)] ?? 0);
    const scale = fround(largest / 127);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    writeScale(bytes, at, scale);
    for (let i = start, to = at + 2; i < start + blockElements; i++, to++) {
      // C's roundf: halves away from zero. The sign is taken off, and put back as two's complement.
      const magnitude = (Math.abs(fround((weights[i] ?? 0) * inverse)) + 0.5) | 0;
      const sign = (bits[i] ?? 0) >> 31;
      bytes[to] = (magnitude ^ sign) - sign;
    }
  }
  return bytes;
}

/**
 * @param weights a whole number of blocks of 32
 * @param bytes takes the blocks; made when absent
 */
export function quantizeQ4_0(weights: Float32Array, bytes: Uint8Array = blocksFor('q4_0', weights)): Uint8Array {
  const { blockBytes } = ggmlTypes.q4_0;
  const bits = new Int32Array(weights.buffer, weights.byteOffset, weights.length);
  for (let start = 0, at = 0; start < weights.length; start += blockElements, at += blockBytes) {
    // The first weight of largest magnitude, with its sign: it becomes level 0, the one that reaches -8.
    const largest = weights[placeOfLargest(bits, start)] ?? 0;
    const scale = fround(largest / -8);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    writeScale(bytes, at, scale);
    for (let i = start, to = at + 2; i < start + half; i++, to++) {
      const low = fround(fround((weights[i] ?? 0) * inverse) + 8.5) | 0;
      const high = fround(fround((weights[i + half] ?? 0) * inverse) + 8.5) | 0;
      // Level 16 is cut to 15: it is the only one with bit 4.
      bytes[to] = (low - (low >> 4)) | ((high - (high >> 4)) << 4);
    }
  }
  return bytes;
}

function blocksFor(type: 'q8_0' | 'q4_0', weights: Float32Array): Uint8Array {
  return new Uint8Array((weights.length / blockElements) * ggmlTypes[type].blockBytes);
}

/** Magnitudes of floating point numbers are in the order of their bits. */
function placeOfLargest(bits: Int32Array, start: number): number {
  let largest = 0;
  for (let i = start; i < start + blockElements; i++) largest = Math.max(largest, (bits[i] ?? 0) & magnitudeBits);
  let place = start;
  while (((bits[place] ?? 0) & magnitudeBits) !== largest) place++;
  return place;
}

function writeScale(bytes: Uint8Array, at: number, scale: number): void {
  const bits = float32ToFloat16(scale);
  bytes[at] = bits & 0xff;
  bytes[at + 1] = bits >>> 8;
}
