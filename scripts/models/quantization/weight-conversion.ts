/**
 * The weights of a tensor in another format, in pieces: the buffers for reading, decoding and encoding are used again for
 * every piece, and the next piece is read while one is processed.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../../command-line/errors.ts';
import type { StoredTensor } from '../gguf/format.ts';
import { type GgmlTypeName, ggmlTypes } from '../gguf/ggml-types.ts';
import { blockDecoder } from './block-decoding.ts';
import { decodeBfloat16, decodeFloat16 } from './half-precision.ts';
import { encodedPieces, isEncodedType } from './weight-encoding.ts';

/** Formats that hold each weight as a number of its own. */
const fullTypes = ['f32', 'f16', 'bf16'] as const satisfies readonly GgmlTypeName[];
type FullType = (typeof fullTypes)[number];

export function isFullType(type: string): type is FullType {
  return fullTypes.some((known) => known === type);
}

/** Whether the weights of a format can be read as numbers. */
export function isDecodable(type: GgmlTypeName): boolean {
  return blockDecoder(type) !== undefined;
}

/** A whole number of blocks of every format. */
const pieceElements = 1 << 18;

/**
 * @returns pieces of any size; each is overwritten when the next one is asked for
 * @throws UserError after the last one, when the new format does not hold the numbers
 */
export function convertedTensor(files: WeightFiles, from: StoredTensor, to: GgmlTypeName): AsyncIterable<Uint8Array> {
  const { name, type } = from;
  if (type === to) return rawPieces(files, from);
  if (!isDecodable(type) || !isEncodedType(to)) throw new RangeError(`${type} is not made into ${to}`);
  return encodedPieces(name, to, decodedPieces(files, from));
}

async function* decodedPieces(files: WeightFiles, tensor: StoredTensor): AsyncIterable<Float32Array> {
  const values = new Float32Array(tensor.type === 'f16' || tensor.type === 'bf16' ? pieceElements : 0);
  for await (const piece of rawPieces(files, tensor)) yield decodedWeights(piece, tensor.type, values);
}

/** The bytes of a tensor as they are. */
export async function* rawPieces(files: WeightFiles, tensor: StoredTensor): AsyncIterable<Uint8Array> {
  const { type, offset, bytes } = tensor;
  const { blockElements, blockBytes } = ggmlTypes[type];
  const pieceBytes = (pieceElements / blockElements) * blockBytes;
  const buffers = [new Uint8Array(Math.min(bytes, pieceBytes)), new Uint8Array(Math.min(bytes, pieceBytes))] as const;
  const read = async (done: number, buffer: Uint8Array) => {
    const piece = buffer.subarray(0, Math.min(pieceBytes, bytes - done));
    await files.read(tensor, offset + done, piece);
    return piece;
  };
  let next = read(0, buffers[0]);
  for (let done = 0, turn = 1; done < bytes; done += pieceBytes, turn++) {
    const piece = await next;
    if (done + pieceBytes < bytes) {
      next = read(done + pieceBytes, buffers[turn % 2 === 0 ? 0 : 1]);
      // Not awaited before the consumer comes back: a failure is thrown there.
      next.catch(() => {});
    }
    yield piece;
  }
}

/**
 * @param values takes numbers of 16 bits
 * @returns numbers that may lie in the same memory as the bytes, which must begin at a multiple of 4
 * @throws RangeError for a format that is not decoded
 */
export function decodedWeights(bytes: Uint8Array, type: GgmlTypeName, values?: Float32Array): Float32Array {
  if (!isFullType(type)) {
    const decode = blockDecoder(type);
    if (decode === undefined) throw new RangeError(`${type} is not decoded`);
    return decode(bytes);
  }
  const count = bytes.byteLength / ggmlTypes[type].blockBytes;
  switch (type) {
    case 'f32':
      return new Float32Array(bytes.buffer, bytes.byteOffset, count);
    case 'f16':
      return decodeFloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, count), values?.subarray(0, count));
    case 'bf16':
      return decodeBfloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, count), values?.subarray(0, count));
    default:
      return type satisfies never;
  }
}

export class WeightFiles implements AsyncDisposable {
  readonly #files = new Map<string, FileHandle>();

  /**
   * Fills `bytes`.
   * @param position in the file
   * @throws UserError when the file ends before
   */
  async read({ path, name }: { path: string; name: string }, position: number, bytes: Uint8Array): Promise<void> {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = await open(path, 'r');
      this.#files.set(path, file);
    }
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
      if (bytesRead === 0) throw new UserError(`${path} became shorter while ${name} was read`);
      done += bytesRead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }
}
