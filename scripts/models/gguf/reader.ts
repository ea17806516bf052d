/**
 * Reads the head of a GGUF file: its metadata, and where each tensor is. Weights are not read.
 * A file that is damaged, foreign or hostile ends in one line for people, never in a huge allocation.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { fileError, isSystemError, usageError } from '../../command-line/errors.ts';
import { ggufLimits } from '../../command-line/files/input-limits.ts';
import { GgufCursor, readField } from './cursor.ts';
import { defaultAlignment, type GgufField, type GgufFile, numberField, type StoredTensor } from './format.ts';
import { elementCount, ggmlTypeById, tensorBytes } from './ggml-types.ts';
import { joinedParts, otherParts } from './split.ts';
import { foreignFile, Unreadable } from './unreadable.ts';

const maximumDimensions = 4;
/** Shortest possible entries: an empty key with a type and a byte; a tensor without a name and dimensions. */
const smallestFieldBytes = 13;
const smallestTensorBytes = 24;

/**
 * @param path of a GGUF file; of a split model, of its first part
 * @throws UserError when the file cannot be read, is not GGUF, or is damaged, and when a part of a split model is missing
 */
export async function readGguf(path: string): Promise<GgufFile> {
  const first = readFile(path);
  const others = otherParts(first);
  return others.length === 0 ? first : joinedParts([first, ...others.map(readFile)]);
}

function readFile(path: string): GgufFile {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw fileError(error, path, 'Opening the model');
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Unreadable('it is a folder or a device, not a file', 'Name the .gguf file itself.');
    return read(path, new GgufCursor(file, stat.size), stat.size);
  } catch (error) {
    if (error instanceof Unreadable) {
      throw usageError(`${path} cannot be used as a model: ${error.message}`, error.remedy);
    }
    throw isSystemError(error) ? fileError(error, path, 'Reading the model') : error;
  } finally {
    closeSync(file);
  }
}

function read(path: string, cursor: GgufCursor, fileBytes: number): GgufFile {
  const version = readVersion(path, cursor, fileBytes);
  const tensorCount = cursor.count(smallestTensorBytes, ggufLimits.tensors, 'the list of tensors');
  const fieldCount = cursor.count(smallestFieldBytes, ggufLimits.fields, 'the list of keys');

  const metadata = new Map<string, GgufField>();
  for (let i = 0; i < fieldCount; i++) {
    const key = cursor.text(ggufLimits.keyBytes, 'a key');
    if (metadata.has(key)) throw new Unreadable(`the key "${key}" stands in it twice`);
    metadata.set(key, readField(cursor, key));
  }

  const alignment = numberField(metadata, 'general.alignment') ?? defaultAlignment;
  if (alignment < 1 || (alignment & (alignment - 1)) !== 0) {
    throw new Unreadable(`its alignment of ${alignment} bytes is not a power of two`);
  }
  const listed = Array.from({ length: tensorCount }, () => readTensor(path, cursor));
  const headBytes = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = listed.map((tensor) => ({ ...tensor, offset: headBytes + tensor.offset }));
  checkTensors(tensors, fileBytes, alignment);
  return { path, parts: [path], version, fileBytes, alignment, metadata, tensors, headBytes };
}

function readVersion(path: string, cursor: GgufCursor, fileBytes: number): number {
  const beginning =
    fileBytes < 8 ? Buffer.alloc(0) : Buffer.from(Array.from({ length: 8 }, () => cursor.number('uint8')));
  if (beginning.toString('latin1', 0, 4) !== 'GGUF') {
    throw foreignFile(path, fileBytes);
  }
  const version = beginning.readUInt32LE(4);
  if (version === 2 || version === 3) return version;
  if ((version & 0xffff) === 0) {
    throw new Unreadable('it is written for big-endian machines', 'Use the ordinary (little-endian) file.');
  }
  const remedy = version === 1 ? 'Convert the model again with a current llama.cpp.' : 'Update Tokenlap, or the file.';
  throw new Unreadable(`it is GGUF version ${version}, and versions 2 and 3 are read`, remedy);
}

/** The offset is still relative to the data section here. */
function readTensor(path: string, cursor: GgufCursor): StoredTensor {
  const name = cursor.text(ggufLimits.nameBytes, 'the name of a tensor');
  const dimensions = cursor.number('uint32');
  if (dimensions > maximumDimensions) {
    throw new Unreadable(`the tensor ${name} has ${dimensions} dimensions`);
  }
  const shape = Array.from({ length: dimensions }, () => Number(cursor.bigNumber('uint64')));
  const elements = elementCount(shape);
  if (elements < 1 || !Number.isSafeInteger(elements)) {
    throw new Unreadable(`the tensor ${name} has the impossible shape ${shape.join(' × ')}`);
  }
  const typeNumber = cursor.number('uint32');
  const type = ggmlTypeById(typeNumber);
  if (type === undefined) {
    const remedy = 'Use a file in a current format, such as q8_0 or q4_k_m.';
    throw new Unreadable(`the tensor ${name} is stored as type ${typeNumber}, which is withdrawn or unknown`, remedy);
  }
  const bytes = tensorBytes(type, shape);
  if (bytes === undefined) {
    throw new Unreadable(`rows of ${shape[0]} weights in ${name} are not whole blocks of ${type}`);
  }
  return { path, name, shape, type, elements, offset: Number(cursor.bigNumber('uint64')), bytes };
}

function checkTensors(tensors: readonly StoredTensor[], fileBytes: number, alignment: number): void {
  const names = new Set<string>();
  for (const { name, offset, bytes } of tensors) {
    if (names.has(name)) throw new Unreadable(`the tensor ${name} stands in it twice`);
    names.add(name);
    if (offset % alignment !== 0) throw new Unreadable(`the tensor ${name} is not aligned`);
    if (offset + bytes > fileBytes) {
      throw new Unreadable(`the tensor ${name} ends at byte ${offset + bytes}, and the file has ${fileBytes}`);
    }
  }
}
