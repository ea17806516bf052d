/**
 * Writes a WebAssembly module byte by byte: as much of the binary format as the kernels of this folder need
 * (https://webassembly.github.io/spec/core/binary/). Instructions are arrays of bytes, and so are their sequences.
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
export type Code = readonly number[];

export interface WasmFunction {
  /** Under which it is exported. */
  name: string;
  parameters: readonly ValueType[];
  result?: ValueType;
  /** Numbered on from the parameters. */
  locals: readonly ValueType[];
  body: Code;
}

const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const sections = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const;
const end = 0x0b;
/** 65536 pages of 64 KiB: all that an offset of 32 bits reaches. */
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

/** LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** LEB128 of a number with a sign, 32 bits. */
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
