/** Writes GGUF version 3: the head is laid out first, then tensors are streamed, so that memory stays small. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type FreeBytes, requireSpace } from '../model-cache.ts';
import type { ModelProgress } from '../model-progress.ts';
import { makeOnce } from '../new-file.ts';
import {
  defaultAlignment,
  type GgufField,
  type GgufMetadata,
  type GgufScalar,
  type GgufTensor,
  type GgufTensorShape,
  ggufMagic,
  ggufVersion,
  valueTypes,
} from './format.ts';
import { elementCount, ggmlTypes, tensorBytes } from './ggml-types.ts';
import { bigNumberCodecs, encodeText, numberCodecs, scalarBytes } from './scalars.ts';

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
  path: string,
  layout: GgufLayout,
  data: (tensor: GgufTensor) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  progress: (doneBytes: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path, 'w');
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

/**
 * Makes a file once, into the cache, while other processes that want it wait.
 * @param label of the work, for the progress
 * @param isReady whether the file is there and the right one
 * @returns its sha256; undefined when it was there
 * @throws UserError when the disk has no room or cannot be written
 */
export async function makeGguf(
  path: string,
  layout: GgufLayout,
  data: Parameters<typeof writeGguf>[2],
  label: string,
  isReady: () => Promise<boolean>,
  progress: ModelProgress,
  freeBytes?: FreeBytes,
): Promise<string | undefined> {
  const total = layout.fileBytes;
  let sha256: string | undefined;
  await makeOnce(
    path,
    isReady,
    async (temporary) => {
      requireSpace(path, total, freeBytes);
      sha256 = await writeGguf(temporary, layout, data, (done) => progress({ label, done, total }));
    },
    () => progress({ label: `${label} (another process is working on it)`, done: 0, total }),
  );
  return sha256;
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
  if (field.type !== 'array') return Buffer.concat([kind, scalar(field.type, field.value)]);
  const items = field.value.map((value) => scalar(field.of, value));
  return Buffer.concat([kind, uint32(valueTypes.indexOf(field.of)), uint64(items.length), ...items]);
}

function scalar(type: GgufScalar['type'], value: number | bigint | boolean | string): Buffer {
  const bytes = Buffer.alloc(scalarBytes(type));
  switch (type) {
    case 'string':
      return text(String(value));
    case 'bool':
      numberCodecs.uint8.write(bytes, value ? 1 : 0);
      return bytes;
    case 'uint64':
    case 'int64':
      bigNumberCodecs[type].write(bytes, BigInt(value));
      return bytes;
    default:
      numberCodecs[type].write(bytes, Number(value));
      return bytes;
  }
}

function text(value: string): Buffer {
  const bytes = encodeText(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  return scalar('uint32', value);
}

function uint64(value: number): Buffer {
  return scalar('uint64', value);
}
