/**
 * Q8_0 and Q4_0 as llama.cpp's reference makes them, bit for bit (ggml-quants.c, quantize_row_q8_0_ref and
 * quantize_row_q4_0_ref): blocks of 32 weights with one half-precision scale. Every step rounds to single precision, as
 * C does.
 */
import { ggmlTypes } from './ggml-types.ts';
import { float32ToFloat16 } from './half-precision.ts';

const blockElements = 32;
const { fround } = Math;

/** @param weights a whole number of blocks of 32 */
export function quantizeQ8_0(weights: Float32Array): Uint8Array {
  const { blockBytes } = ggmlTypes.q8_0;
  const bytes = new Uint8Array((weights.length / blockElements) * blockBytes);
  for (let start = 0, at = 0; start < weights.length; start += blockElements, at += blockBytes) {
    let largest = 0;
    for (let i = start; i < start + blockElements; i++) largest = Math.max(largest, Math.abs(weights[i] ?? 0));
    const scale = fround(largest / 127);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    writeScale(bytes, at, scale);
    for (let i = 0; i < blockElements; i++) {
      bytes[at + 2 + i] = roundAwayFromZero(fround((weights[start + i] ?? 0) * inverse));
    }
  }
  return bytes;
}

/** @param weights a whole number of blocks of 32 */
export function quantizeQ4_0(weights: Float32Array): Uint8Array {
  const { blockBytes } = ggmlTypes.q4_0;
  const half = blockElements / 2;
  const bytes = new Uint8Array((weights.length / blockElements) * blockBytes);
  for (let start = 0, at = 0; start < weights.length; start += blockElements, at += blockBytes) {
    const largest = signedLargest(weights, start);
    const scale = fround(largest / -8);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    writeScale(bytes, at, scale);
    for (let i = 0; i < half; i++) {
      const low = level(weights[start + i] ?? 0, inverse);
      const high = level(weights[start + half + i] ?? 0, inverse);
      bytes[at + 2 + i] = low | (high << 4);
    }
  }
  return bytes;
}

/** The first weight of largest magnitude, with its sign: it becomes level 0, the one that reaches -8. */
function signedLargest(weights: Float32Array, start: number): number {
  let magnitude = 0;
  let largest = 0;
  for (let i = start; i < start + blockElements; i++) {
    const weight = weights[i] ?? 0;
    if (Math.abs(weight) > magnitude) {
      magnitude = Math.abs(weight);
      largest = weight;
    }
  }
  return largest;
}

function level(weight: number, inverse: number): number {
  return Math.min(15, Math.trunc(fround(fround(weight * inverse) + 8.5)));
}

/** C's roundf: halves away from zero. */
function roundAwayFromZero(value: number): number {
  return value < 0 ? -Math.floor(-value + 0.5) : Math.floor(value + 0.5);
}

function writeScale(bytes: Uint8Array, at: number, scale: number): void {
  const half = float32ToFloat16(scale);
  bytes[at] = half & 0xff;
  bytes[at + 1] = half >>> 8;
}
