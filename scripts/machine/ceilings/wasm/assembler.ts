/**
 * Writes a WebAssembly module byte by byte: as much of the binary format as the loops of this folder need
 * (https://webassembly.github.io/spec/core/binary/). Instructions are arrays of bytes, and so are their sequences.
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
export type Code = readonly number[];

export interface WasmFunction {
  /** Name under which it is exported. */
  name: string;
  parameters: readonly ValueType[];
  result?: ValueType;
  /** Local variables, numbered after the parameters. */
  locals: readonly ValueType[];
  body: Code;
}

const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const sections = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const;
const end = 0x0b;
/** 65536 pages of 64 KiB: the whole range of an offset of 32 bits. */
const mostPages = 65_536;

/** A module that exports the functions and imports one shared memory as `env.memory`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const sharedWithMaximum = 0x03;
  const memory = [0x02, sharedWithMaximum, ...unsigned(1), ...unsigned(mostPages)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d],
    ...[0x01, 0x00, 0x00, 0x00],
    ...section(sections.types, list(functions.map(functionType))),
    ...section(sections.imports, list([[...text('env'), ...text('memory'), ...memory]])),
    ...section(sections.functions, list(functions.map((_, index) => unsigned(index)))),
    ...section(sections.exports, list(functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]))),
    ...section(sections.code, list(functions.map(functionCode))),
  ]);
}

function functionType({ parameters, result }: WasmFunction): number[] {
  const results = result === undefined ? [] : [[typeCodes[result]]];
  return [0x60, ...list(parameters.map((type) => [typeCodes[type]])), ...list(results)];
}

function functionCode({ locals, body }: WasmFunction): number[] {
  const declared = list(locals.map((type) => [1, typeCodes[type]]));
  return sized([...declared, ...body, end]);
}

function section(id: number, content: Code): number[] {
  return [id, ...sized(content)];
}

function list(items: readonly Code[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(content: Code): number[] {
  return [...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  return sized([...new TextEncoder().encode(value)]);
}

/** LEB128 of an unsigned number. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** LEB128 of a signed number of 32 bits. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    if (isLast) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

// The instructions that the loops use, by the names of the specification.

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

/** Copies memory; its operands are destination, source and bytes. */
export const copyMemory: Code = [0xfc, ...unsigned(10), 0x00, 0x00];

/** Repeats the body until the condition that it leaves on the stack is 0. */
export const repeat = (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0x00, 0x0b];
