/**
 * The tensor formats of ggml: how many weights form a block and how many bytes a block takes.
 * Source: ggml/include/ggml.h (numbers) and ggml/src/ggml-common.h (block layouts) of llama.cpp.
 */

interface GgmlType {
  /** Number in a GGUF file. */
  id: number;
  /** Weights in one block; a row is always a whole number of blocks. */
  blockElements: number;
  blockBytes: number;
}

const block = (id: number, blockElements: number, blockBytes: number): GgmlType => ({ id, blockElements, blockBytes });

export const ggmlTypes = {
  f32: block(0, 1, 4),
  f16: block(1, 1, 2),
  q4_0: block(2, 32, 18),
  q4_1: block(3, 32, 20),
  q5_0: block(6, 32, 22),
  q5_1: block(7, 32, 24),
  q8_0: block(8, 32, 34),
  q8_1: block(9, 32, 36),
  q2_k: block(10, 256, 84),
  q3_k: block(11, 256, 110),
  q4_k: block(12, 256, 144),
  q5_k: block(13, 256, 176),
  q6_k: block(14, 256, 210),
  q8_k: block(15, 256, 292),
  iq2_xxs: block(16, 256, 66),
  iq2_xs: block(17, 256, 74),
  iq3_xxs: block(18, 256, 98),
  iq1_s: block(19, 256, 50),
  iq4_nl: block(20, 32, 18),
  iq3_s: block(21, 256, 110),
  iq2_s: block(22, 256, 82),
  iq4_xs: block(23, 256, 136),
  i8: block(24, 1, 1),
  i16: block(25, 1, 2),
  i32: block(26, 1, 4),
  i64: block(27, 1, 8),
  f64: block(28, 1, 8),
  iq1_m: block(29, 256, 56),
  bf16: block(30, 1, 2),
  tq1_0: block(34, 256, 54),
  tq2_0: block(35, 256, 66),
  mxfp4: block(39, 32, 17),
  nvfp4: block(40, 64, 36),
  q1_0: block(41, 128, 18),
  q2_0: block(42, 64, 18),
} as const satisfies Record<string, GgmlType>;

export type GgmlTypeName = keyof typeof ggmlTypes;

const byId = new Map(Object.entries(ggmlTypes).map(([name, { id }]) => [id, name] as const));

/** Undefined for numbers that were withdrawn (4, 5, 31 to 33, 36 to 38) or that are newer than this table. */
export function ggmlTypeById(id: number): GgmlTypeName | undefined {
  const name = byId.get(id);
  return name !== undefined && isGgmlType(name) ? name : undefined;
}

export function isGgmlType(name: string): name is GgmlTypeName {
  return Object.hasOwn(ggmlTypes, name);
}

/**
 * @param shape row width first, as GGUF lists it
 * @returns undefined when rows are not whole blocks
 */
export function tensorBytes(type: GgmlTypeName, shape: readonly number[]): number | undefined {
  const { blockElements, blockBytes } = ggmlTypes[type];
  if ((shape[0] ?? 1) % blockElements !== 0) return undefined;
  return (elementCount(shape) / blockElements) * blockBytes;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of one weight in a format, the scales of its block included; undefined for a name that is none. */
export function bytesPerElement(name: string): number | undefined {
  if (!isGgmlType(name)) return undefined;
  const { blockBytes, blockElements } = ggmlTypes[name];
  return blockBytes / blockElements;
}
