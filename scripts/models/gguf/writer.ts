/** Writes GGUF version 3: the head is laid out first, then tensors are streamed, so that memory stays small. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import {
  defaultAlignment,
  type GgufField,
  type GgufMetadata,
  type GgufTensor,
  type GgufTensorShape,
  ggufMagic,
  ggufVersion,
  valueTypes,
} from './format.ts';
import { elementCount, ggmlTypes, tensorBytes } from './ggml-types.ts';
import { encodeText } from './text.ts';

export interface GgufLayout {
  /** Magic, metadata and tensor list, padded up to the first tensor. */
  head: Buffer;
  tensors: readonly GgufTensor[];
  fileBytes: number;
}

/** @throws RangeError when rows of a tensor are not whole blocks of its type: a fault of the caller */
export function layOutGguf(metadata: GgufMetadata, shapes: readonly GgufTensorShape[]): GgufLayout {
  const parts = [Buffer.from(ggufMagic), uint32(ggufVersion), uint64(shapes.length), uint64(metadata.size)];
  for (const [key, field] of metadata) parts.push(text(key), fieldBytes(field));
  let offset = 0;
  const tensors: GgufTensor[] = [];
  for (const { name, shape, type } of shapes) {
    const bytes = tensorBytes(type, shape);
    if (bytes === undefined) throw new RangeError(`rows of ${shape[0]} in ${name} are not whole blocks of ${type}`);
    parts.push(text(name), uint32(shape.length), ...shape.map(uint64), uint32(ggmlTypes[type].id), uint64(offset));
    tensors.push({ name, shape, type, elements: elementCount(shape), offset, bytes });
    offset = padded(offset + bytes);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.concat(parts, padded(length));
  return {
    head,
    tensors: tensors.map((tensor) => ({ ...tensor, offset: head.length + tensor.offset })),
    fileBytes: head.length + offset,
  };
}

/**
 * @param data the bytes of a tensor in pieces of any size; every piece may be overwritten after the next one was asked for
 * @param progress bytes of the file that are written
 * @returns sha256 of the whole file, lower-case hex
 */
export async function writeGguf(
  file: FileHandle,
  layout: GgufLayout,
  data: (tensor: GgufTensor) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  progress: (doneBytes: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  let position = 0;
  const write = async (piece: Uint8Array) => {
    // The disk takes it while it is hashed.
    const written = writeWhole(file, piece, position);
    hash.update(piece);
    await written;
    position += piece.length;
    progress(position);
  };
  await write(layout.head);
  for (const tensor of layout.tensors) {
    for await (const piece of data(tensor)) await write(piece);
    const end = tensor.offset + tensor.bytes;
    if (position !== end) throw new RangeError(`${tensor.name} should end at byte ${end}, not at ${position}`);
    await write(Buffer.alloc(padded(position) - position));
  }
  return hash.digest('hex');
}

async function writeWhole(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done, position + done);
    done += bytesWritten;
  }
}

function padded(length: number): number {
  return Math.ceil(length / defaultAlignment) * defaultAlignment;
}

function fieldBytes(field: GgufField): Buffer {
  const kind = uint32(valueTypes.indexOf(field.type));
  if (field.type !== 'array') return Buffer.concat([kind, scalarBytes(field.type, field.value)]);
  const items = field.value.map((value) => scalarBytes(field.of, value));
  return Buffer.concat([kind, uint32(valueTypes.indexOf(field.of)), uint64(items.length), ...items]);
}

function scalarBytes(kind: Exclude<(typeof valueTypes)[number], 'array'>, value: number | bigint | boolean | string) {
  if (kind === 'string') return text(String(value));
  const bytes = Buffer.alloc(scalarSize[kind]);
  switch (kind) {
    case 'bool':
      bytes.writeUInt8(value ? 1 : 0);
      break;
    case 'uint8':
      bytes.writeUInt8(Number(value));
      break;
    case 'int8':
      bytes.writeInt8(Number(value));
      break;
    case 'uint16':
      bytes.writeUInt16LE(Number(value));
      break;
    case 'int16':
      bytes.writeInt16LE(Number(value));
      break;
    case 'uint32':
      bytes.writeUInt32LE(Number(value));
      break;
    case 'int32':
      bytes.writeInt32LE(Number(value));
      break;
    case 'float32':
      bytes.writeFloatLE(Number(value));
      break;
    case 'float64':
      bytes.writeDoubleLE(Number(value));
      break;
    case 'uint64':
      bytes.writeBigUInt64LE(BigInt(value));
      break;
    case 'int64':
      bytes.writeBigInt64LE(BigInt(value));
      break;
    default: {
      kind satisfies never;
    }
  }
  return bytes;
}

const scalarSize = {
  ...{ bool: 1, uint8: 1, int8: 1, uint16: 2, int16: 2, uint32: 4, int32: 4, float32: 4 },
  ...{ float64: 8, uint64: 8, int64: 8 },
};

function text(value: string): Buffer {
  const bytes = encodeText(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
