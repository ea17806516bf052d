/** The instructions that the kernels use, by the names of the specification. */
import { type Code, signed, unsigned } from './assembler.ts';

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];

export const getLocal = (index: number): Code => [0x20, ...unsigned(index)];
export const setLocal = (index: number): Code => [0x21, ...unsigned(index)];

export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: [0x6a],
  subtract: [0x6b],
  divideUnsigned: [0x6e],
  lessUnsigned: [0x49],
} as const satisfies Record<string, Code | ((value: number) => Code)>;

export const i64 = { add: [0x7c] } as const satisfies Record<string, Code>;
export const f32 = { add: [0x92] } as const satisfies Record<string, Code>;

/** Addresses are aligned to 16 bytes (2^4). */
const aligned = (offset: number): Code => [0x04, ...unsigned(offset)];

export const v128 = {
  load: (offset: number): Code => [...simd(0x00), ...aligned(offset)],
  store: (offset: number): Code => [...simd(0x0b), ...aligned(offset)],
};

export const i8x16 = { splat: simd(0x0f) };
export const i16x8 = { splat: simd(0x10) };
export const i32x4 = {
  add: simd(0xae),
  extractLane: (lane: number): Code => [...simd(0x1b), lane],
  /** Products of eight pairs of 16-bit integers, neighbours added. */
  dotI16x8: simd(0xba),
  /** Relaxed SIMD: products of sixteen pairs of 8-bit integers, four neighbours added, and a sum of four added to that. */
  relaxedDotI8x16Add: simd(0x113),
};
export const i64x2 = { add: simd(0xce), extractLane: (lane: number): Code => [...simd(0x1d), lane] };
export const f32x4 = {
  splat: simd(0x13),
  add: simd(0xe4),
  multiply: simd(0xe6),
  extractLane: (lane: number): Code => [...simd(0x1f), lane],
  /** Relaxed SIMD: a x b + c, rounded once where the processor can. */
  relaxedMultiplyAdd: simd(0x105),
};
export const f64x2 = { splat: simd(0x14), add: simd(0xf0), multiply: simd(0xf2) };

/** Of the memory as a whole: destination, source, bytes. */
export const copyMemory: Code = [0xfc, ...unsigned(10), 0x00, 0x00];

/** Repeats its body as long as the condition that it leaves is not 0. */
export const repeat = (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0x00, 0x0b];
