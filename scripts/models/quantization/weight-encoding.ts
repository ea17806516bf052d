/** The formats that weights are written in, and which numbers each of them can hold. */
import { UserError } from '../../command-line/errors.ts';
import { type GgmlTypeName, ggmlTypes } from '../gguf/ggml-types.ts';
import { float32ToBfloat16, float32ToFloat16 } from './half-precision.ts';

export const encodedTypes = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const satisfies readonly GgmlTypeName[];
export type EncodedType = (typeof encodedTypes)[number];

export function isEncodedType(type: string): type is EncodedType {
  return encodedTypes.some((known) => known === type);
}

/** @returns a function that writes weights into bytes of the right length and returns them, or bytes of its own */
function encoderOf(type: EncodedType): (weights: Float32Array, bytes: Uint8Array) => Uint8Array {
  switch (type) {
    case 'f32':
      return (weights) => new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
    case 'f16':
      return (weights, bytes) => halves(weights, bytes, float32ToFloat16);
    case 'bf16':
      return (weights, bytes) => halves(weights, bytes, float32ToBfloat16);
    case 'q8_0':
      return quantizeQ8_0;
    case 'q4_0':
      return quantizeQ4_0;
    default:
      return type satisfies never;
  }
}

function halves(weights: Float32Array, bytes: Uint8Array, encode: (weight: number) => number): Uint8Array {
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, weights.length);
  for (let i = 0; i < weights.length; i++) words[i] = encode(weights[i] ?? 0);
  return bytes;
}

/** The greatest number that rounds to a half, and is not infinite yet. */
const halfLimit = 65_520;
/** Least magnitude that does not fit; scales of blocks are halves of max / 127 and max / 8. */
const limits: Readonly<Record<EncodedType, number>> = {
  f32: Number.POSITIVE_INFINITY,
  bf16: 2 ** 128 - 2 ** 119,
  f16: halfLimit,
  q8_0: 127 * halfLimit,
  q4_0: 8 * halfLimit,
};

/**
 * Numbers that a format cannot hold would become infinite in it, and the model another one.
 * @param name of the tensor, for messages
 * @returns the bytes of the weights; a piece may be overwritten when the next one is asked for
 * @throws UserError after the last piece, with how many of the numbers are lost
 */
export async function* encodedPieces(
  name: string,
  type: EncodedType,
  pieces: AsyncIterable<Float32Array>,
): AsyncIterable<Uint8Array> {
  const encode = encoderOf(type);
  const { blockElements, blockBytes } = ggmlTypes[type];
  const lost = { tooLarge: 0, notFinite: 0, largest: 0 };
  let bytes = new Uint8Array(0);
  for await (const weights of pieces) {
    countLost(lost, weights, limits[type]);
    const length = (weights.length / blockElements) * blockBytes;
    if (bytes.length < length) bytes = new Uint8Array(length);
    yield encode(weights, bytes.subarray(0, length));
  }
  if (lost.notFinite > 0) {
    throw new UserError(`${name} has ${counted(lost.notFinite)} infinite or no numbers at all`, {
      remedy: 'The weights are damaged, or overflowed when they were made: fetch them again.',
    });
  }
  if (lost.tooLarge > 0) {
    const largest = lost.largest.toPrecision(3);
    throw new UserError(`${name} has ${counted(lost.tooLarge)} beyond what ${type} holds, up to ${largest}`, {
      remedy: 'f32 and bf16 hold them: write the weights in one of these.',
    });
  }
}

function countLost(
  lost: { tooLarge: number; notFinite: number; largest: number },
  weights: Float32Array,
  limit: number,
) {
  for (let i = 0; i < weights.length; i++) {
    const magnitude = Math.abs(weights[i] ?? 0);
    // NaN compares as false.
    if (magnitude < limit) continue;
    if (Number.isFinite(magnitude)) {
      lost.tooLarge++;
      lost.largest = Math.max(lost.largest, magnitude);
    } else lost.notFinite++;
  }
}

function counted(values: number): string {
  return values === 1 ? '1 value that is' : `${values} values that are`;
}

// Q8_0 and Q4_0 as llama.cpp's reference makes them, bit for bit (ggml-quants.c, quantize_row_q8_0_ref and
// quantize_row_q4_0_ref): blocks of 32 weights with one half-precision scale. Every step rounds to single precision, as C does.
// Billions of weights go through these loops, and signs are random: so they look at bits where a comparison would be a branch
// that the processor mispredicts every second time.

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
