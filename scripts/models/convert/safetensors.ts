/**
 * The head of a safetensors file: the length of a JSON object as 64 bits, that object, then the weights
 * (huggingface/safetensors, README, "Format"). A file that is cut short or hostile ends in one line, never in a huge
 * allocation or a read outside it.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { fileError, isSystemError, oneLine, type UserError, usageError } from '../../command-line/errors.ts';
import { parseJson } from '../../command-line/files/text-file.ts';
import { elementCount } from '../gguf/ggml-types.ts';

export interface SourceTensor {
  /** The file that contains it. */
  path: string;
  name: string;
  /** Name in the file: 'BF16'. */
  dtype: string;
  /** Rows first, as in PyTorch. */
  shape: readonly number[];
  /** Bytes from the start of the file. */
  offset: number;
  bytes: number;
}

/** @returns the length of the head and the head itself, padded so that the weights begin at a multiple of 8 */
export function safetensorsHead(
  tensors: ReadonlyArray<Pick<SourceTensor, 'name' | 'dtype' | 'shape' | 'bytes'>>,
  properties: Readonly<Record<string, string>>,
): Buffer {
  const entries: Array<[name: string, entry: unknown]> = [[propertiesKey, properties]];
  let at = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    entries.push([name, { dtype, shape, data_offsets: [at, at + bytes] }]);
    at += bytes;
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const head = Buffer.alloc(lengthBytes + Math.ceil(text.length / lengthBytes) * lengthBytes, ' ');
  head.writeBigUInt64LE(BigInt(head.length - lengthBytes));
  text.copy(head, lengthBytes);
  return head;
}

/** An entry that is not a tensor. */
const propertiesKey = '__metadata__';
/** The format's own limit. */
const largestHeadBytes = 100_000_000;
const lengthBytes = 8;

const dtypeBytes: Readonly<Record<string, number>> = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1, BOOL: 1 },
  ...{ I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1 },
};

const count = z.int().nonnegative();
const entrySchema = z.object({ dtype: z.string(), shape: z.array(count), data_offsets: z.tuple([count, count]) });
const headSchema = z.record(z.string(), z.unknown());

/** @throws UserError naming the file and what is wrong with it */
export function readSafetensors(path: string): SourceTensor[] {
  try {
    const { head, fileBytes } = readHead(path);
    const dataOffset = lengthBytes + head.bytes;
    const tensors = Object.entries(parseHead(path, head.text))
      .filter(([name]) => name !== propertiesKey)
      .map(([name, entry]) => tensorOf(path, name, entry, dataOffset));
    checkPlaces(path, tensors, fileBytes);
    return tensors;
  } catch (error) {
    throw isSystemError(error) ? fileError(error, path, 'Reading the weights') : error;
  }
}

function readHead(path: string): { head: { text: string; bytes: number }; fileBytes: number } {
  const file = openSync(path, 'r');
  try {
    const fileBytes = fstatSync(file).size;
    const length = Buffer.alloc(lengthBytes);
    if (readSync(file, length, 0, lengthBytes, 0) < lengthBytes) throw damaged(path, 'it is shorter than its head');
    const bytes = Number(length.readBigUInt64LE());
    if (bytes > largestHeadBytes || bytes > fileBytes - lengthBytes) {
      const pointer = length.toString('latin1') === 'version ' ? ' (it is a Git LFS pointer: run `git lfs pull`)' : '';
      throw damaged(path, `its head claims ${bytes} bytes, and the file has ${fileBytes}${pointer}`);
    }
    const head = Buffer.alloc(bytes);
    readSync(file, head, 0, bytes, lengthBytes);
    return { head: { text: head.toString('utf8'), bytes }, fileBytes };
  } finally {
    closeSync(file);
  }
}

function parseHead(path: string, text: string): Record<string, unknown> {
  try {
    return headSchema.parse(parseJson(text));
  } catch (error) {
    throw damaged(path, `its head is no JSON object (${oneLine(error).slice(0, 80)})`);
  }
}

function tensorOf(path: string, name: string, entry: unknown, dataOffset: number): SourceTensor {
  const { data, success } = entrySchema.safeParse(entry);
  if (!success) throw damaged(path, `the entry of ${name} has no dtype, shape and data_offsets`);
  const [start, end] = data.data_offsets;
  const elementBytes = dtypeBytes[data.dtype];
  const elements = elementCount(data.shape);
  if (end < start || !Number.isSafeInteger(elements) || (elementBytes ?? 0) * elements > Number.MAX_SAFE_INTEGER) {
    throw damaged(path, `${name} has the impossible place ${start} to ${end} or shape ${data.shape.join(' × ')}`);
  }
  if (elementBytes !== undefined && end - start !== elements * elementBytes) {
    throw damaged(
      path,
      `${name} takes ${end - start} bytes, and its shape in ${data.dtype} ${elements * elementBytes}`,
    );
  }
  return { path, name, dtype: data.dtype, shape: data.shape, offset: dataOffset + start, bytes: end - start };
}

function checkPlaces(path: string, tensors: readonly SourceTensor[], fileBytes: number): void {
  const inOrder = [...tensors].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let free = 0;
  let before = '';
  for (const { name, offset, bytes } of inOrder) {
    if (offset < free) throw damaged(path, `${name} overlaps ${before}`);
    free = offset + bytes;
    before = name;
  }
  if (free > fileBytes) throw damaged(path, `${before} ends at byte ${free}, and the file has ${fileBytes}`);
}

function damaged(path: string, why: string): UserError {
  return usageError(
    `${basename(path)} cannot be used: ${why}`,
    `It is cut short or damaged: delete ${path} and fetch it again.`,
  );
}
