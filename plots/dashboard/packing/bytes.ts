/** Columns of numbers as bytes behind one another: written in a builder, read in a page without copying. */

const arrays = { f64: Float64Array, u32: Uint32Array, u16: Uint16Array, u8: Uint8Array } as const;
type Kind = keyof typeof arrays;

/** Where an array lies among the bytes. */
export interface Slice {
  readonly kind: Kind;
  readonly at: number;
  readonly length: number;
}

/** Every array begins at a multiple of it, as the widest of them needs. */
const step = 8;

export class ByteWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  add(kind: Kind, values: ArrayLike<number>): Slice {
    const array = arrays[kind].from(values);
    const slice = { kind, at: this.#length, length: array.length };
    const padded = new Uint8Array(Math.ceil(array.byteLength / step) * step);
    padded.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    this.#parts.push(padded);
    this.#length += padded.length;
    return slice;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** @param bytes as the writer made them, at the beginning of their buffer or at a multiple of eight */
export function readSlice(bytes: Uint8Array, { kind, at, length }: Slice): ArrayLike<number> {
  return new arrays[kind](toBuffer(bytes), bytes.byteOffset + at, length);
}

function toBuffer({ buffer }: Uint8Array): ArrayBuffer {
  if (buffer instanceof ArrayBuffer) return buffer;
  throw new TypeError('bytes of a shared buffer');
}

/** A document and its bytes as one: the length of the JSON, the JSON, filled up to a multiple of eight, the bytes. */
export function joined(document: unknown, bytes: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(document));
  const start = startOfBytes(json.length);
  const all = new Uint8Array(start + bytes.length).fill(0x20, 0, start);
  new DataView(all.buffer).setUint32(0, json.length, true);
  all.set(json, step);
  all.set(bytes, start);
  return all;
}

export function parted(all: Uint8Array): { document: unknown; bytes: Uint8Array } {
  const length = new DataView(all.buffer, all.byteOffset).getUint32(0, true);
  const document: unknown = JSON.parse(new TextDecoder().decode(all.subarray(step, step + length)));
  return { document, bytes: all.subarray(startOfBytes(length)) };
}

function startOfBytes(jsonLength: number): number {
  return step + Math.ceil(jsonLength / step) * step;
}
