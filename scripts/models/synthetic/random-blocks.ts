/**
 * Pools of random weights in the formats of ggml. A pool is a few megabytes of valid blocks, and a tensor is written as
 * many turns through it from a place of its own: gigabytes cost no more than copying. The number of blocks is prime, so
 * no two rows of a matrix begin at the same block for a long time.
 *
 * All weights have zero mean and a standard deviation of about 0.02, GPT-2's at initialisation: activations neither die
 * out nor overflow, in any of the registered shapes.
 */
import { type GgmlTypeName, ggmlTypes } from '../gguf/ggml-types.ts';
import { float32ToBfloat16, float32ToFloat16 } from '../quantization/half-precision.ts';

const deviation = 0.02;
const poolBlocks = { scalar: 131_071, small: 16_381, large: 4_093 };

/** Formats in which random weights can be written. */
const randomBlockTypes = [
  ...(['f32', 'f16', 'bf16', 'q8_0', 'q4_0', 'q4_1', 'q5_0', 'q5_1', 'q4_k', 'q5_k', 'q6_k'] as const),
];
export type RandomBlockType = (typeof randomBlockTypes)[number];

export function isRandomBlockType(type: GgmlTypeName): type is RandomBlockType {
  return randomBlockTypes.some((known) => known === type);
}

/** The same seed and type give the same bytes. */
export function randomBlockPool(type: RandomBlockType, seed: number): Uint8Array {
  const { blockElements, blockBytes } = ggmlTypes[type];
  const blocks = blockElements === 1 ? poolBlocks.scalar : blockElements === 32 ? poolBlocks.small : poolBlocks.large;
  const next = randomWords(seed * 64 + ggmlTypes[type].id);
  const words = new Uint32Array(Math.ceil((blocks * blockBytes) / 4));
  if (blockElements > 1) for (let i = 0; i < words.length; i++) words[i] = next();
  const pool = Buffer.from(words.buffer, 0, blocks * blockBytes);
  for (let at = 0; at < pool.length; at += blockBytes) finish[type](pool, at, next);
  return pool;
}

/**
 * Makes a block of random bytes a valid one: its scales are set, its integers stay random. The formulas in the comments
 * are the weights that the block stands for (ggml-quants.c, dequantize_row_*).
 */
const finish: Record<RandomBlockType, (pool: Buffer, at: number, next: () => number) => void> = {
  f32: (pool, at, next) => pool.writeFloatLE(bellShaped(next), at),
  f16: (pool, at, next) => pool.writeUInt16LE(float32ToFloat16(bellShaped(next)), at),
  bf16: (pool, at, next) => pool.writeUInt16LE(float32ToBfloat16(bellShaped(next)), at),
  // d × q, q from -128 to 127
  q8_0: (pool, at, next) => writeHalf(pool, at, signedScale(next, 74)),
  // d × (q − 8), q from 0 to 15
  q4_0: (pool, at, next) => writeHalf(pool, at, signedScale(next, 4.6)),
  // d × q + m, q from 0 to 15
  q4_1: (pool, at, next) => writeScaleAndMinimum(pool, at, signedScale(next, 4.6), -7.5),
  // d × (q − 16), q from 0 to 31
  q5_0: (pool, at, next) => writeHalf(pool, at, signedScale(next, 9.2)),
  // d × q + m, q from 0 to 31
  q5_1: (pool, at, next) => writeScaleAndMinimum(pool, at, signedScale(next, 9.2), -15.5),
  // d × s × q − dmin × m, q from 0 to 15, s and m of 6 bits for each 32 weights
  q4_k: (pool, at, next) => writeSuperBlock(pool, at, next, 4.6, 7.5),
  // the same, q from 0 to 31
  q5_k: (pool, at, next) => writeSuperBlock(pool, at, next, 9.2, 15.5),
  // d × s × (q − 32), q from 0 to 63, s of 8 bits for each 16 weights
  q6_k: (pool, at, next) => {
    for (let i = 0; i < 16; i++) pool.writeInt8((next() & 1 ? 1 : -1) * (8 + (next() & 7)), at + 192 + i);
    writeHalf(pool, at + 208, signedScale(next, 18.5 * 12));
  },
};

/** The sum of four uniform numbers is close to a normal one and needs no logarithm, which differs between machines. */
function bellShaped(next: () => number): number {
  let sum = 0;
  for (let i = 0; i < 4; i++) sum += (next() & 0xffff) - 32767.5;
  return sum * (deviation / (2 * 18918.6));
}

/** A scale between 0.75 and 1.25 times what gives the deviation, of either sign. */
function signedScale(next: () => number, integerDeviation: number): number {
  const word = next();
  const size = 0.75 + (word & 0xffff) / 0x20000;
  return ((word & 0x10000 ? 1 : -1) * size * deviation) / integerDeviation;
}

function writeHalf(pool: Buffer, at: number, value: number): void {
  pool.writeUInt16LE(float32ToFloat16(value), at);
}

function writeScaleAndMinimum(pool: Buffer, at: number, scale: number, levels: number): void {
  writeHalf(pool, at, scale);
  writeHalf(pool, at + 2, scale * levels);
}

/** Scale s and minimum m of each of 8 groups are equal, and dmin is d × the middle level: so the mean is zero. */
function writeSuperBlock(pool: Buffer, at: number, next: () => number, integerDeviation: number, middle: number): void {
  const scale = Math.abs(signedScale(next, integerDeviation * 24));
  writeHalf(pool, at, scale);
  writeHalf(pool, at + 2, scale * middle);
  // Six bits each in 12 bytes as get_scale_min_k4 reads them: whole for groups 0 to 3, split for groups 4 to 7.
  const groups = Array.from({ length: 8 }, () => 16 + (next() & 15));
  for (let j = 0; j < 4; j++) {
    const low = groups[j] ?? 0;
    const high = groups[j + 4] ?? 0;
    const highBits = (high >> 4) << 6;
    pool[at + 4 + j] = low | highBits;
    pool[at + 8 + j] = low | highBits;
    pool[at + 12 + j] = (high & 15) | ((high & 15) << 4);
  }
}

/**
 * Random bits for synthetic weights. Integers only, so that the same seed gives the same bytes on every machine.
 */

/** sfc32 (Chris Doty-Humphrey, PractRand): fast, passes its tests, four words of state. */
export function randomWords(seed: number): () => number {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
