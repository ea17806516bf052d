/**
 * Reads what a GGUF file says of itself: metadata and where each tensor lies. Weights are not read.
 * A file that is damaged, foreign or hostile ends in one line for people, never in a huge allocation.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { fileError, isSystemError, type UserError, usageError } from '../../command-line/errors.ts';
import { ggufLimits } from '../../command-line/input-limits.ts';
import { BeyondLimit, GgufCursor, OutOfBytes } from './cursor.ts';
import { recogniseForeignFile } from './foreign-files.ts';
import {
  defaultAlignment,
  type GgufArray,
  type GgufField,
  type GgufFile,
  type GgufScalar,
  numberField,
  type StoredTensor,
  valueTypes,
} from './format.ts';
import { elementCount, ggmlTypeById, tensorBytes } from './ggml-types.ts';
import { joinedParts, otherParts } from './split.ts';

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
    if (!stat.isFile()) throw unreadable(path, 'it is a folder or a device, not a file', 'Name the .gguf file itself.');
    return read(path, new GgufCursor(file, stat.size), stat.size);
  } catch (error) {
    if (error instanceof OutOfBytes) {
      const at = error.message;
      throw unreadable(path, `its header says more than the file holds (at ${at})`, fetchAgain);
    }
    if (error instanceof BeyondLimit) throw unreadable(path, error.message, foreign);
    throw isSystemError(error) ? fileError(error, path, 'Reading the model') : error;
  } finally {
    closeSync(file);
  }
}

const fetchAgain = 'It is cut short or damaged: delete it and fetch it again.';

const foreign = 'No model in use is like that: check where it comes from, and fetch the model from its own source.';

function unreadable(path: string, why: string, remedy: string): UserError {
  return usageError(`${path} cannot be used as a model: ${why}`, remedy);
}

function read(path: string, cursor: GgufCursor, fileBytes: number): GgufFile {
  const version = readVersion(path, cursor, fileBytes);
  const tensorCount = cursor.count(smallestTensorBytes, ggufLimits.tensors, 'the list of tensors');
  const fieldCount = cursor.count(smallestFieldBytes, ggufLimits.fields, 'the list of keys');
  const room = { elements: ggufLimits.elements };

  const metadata = new Map<string, GgufField>();
  for (let i = 0; i < fieldCount; i++) {
    const key = cursor.text(ggufLimits.keyBytes, 'a key');
    if (metadata.has(key)) throw unreadable(path, `the key "${key}" stands in it twice`, fetchAgain);
    metadata.set(key, readField(path, key, cursor, room));
  }

  const alignment = numberField(metadata, 'general.alignment') ?? defaultAlignment;
  if (alignment < 1 || (alignment & (alignment - 1)) !== 0) {
    throw unreadable(path, `its alignment of ${alignment} bytes is not a power of two`, fetchAgain);
  }
  const listed = Array.from({ length: tensorCount }, () => readTensor(path, cursor));
  const headBytes = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = listed.map((tensor) => ({ ...tensor, offset: headBytes + tensor.offset }));
  checkTensors(path, tensors, fileBytes, alignment);
  return { path, parts: [path], version, fileBytes, alignment, metadata, tensors, headBytes };
}

function readVersion(path: string, cursor: GgufCursor, fileBytes: number): number {
  const beginning = fileBytes < 8 ? Buffer.alloc(0) : Buffer.from(Array.from({ length: 8 }, () => cursor.uint8()));
  if (beginning.toString('latin1', 0, 4) !== 'GGUF') {
    const found = recogniseForeignFile(path, fileBytes);
    throw unreadable(path, `it is not a GGUF file but ${found.is}`, found.remedy);
  }
  const version = beginning.readUInt32LE(4);
  if (version === 2 || version === 3) return version;
  if ((version & 0xffff) === 0) {
    throw unreadable(path, 'it is written for big-endian machines', 'Use the ordinary (little-endian) file.');
  }
  const remedy = version === 1 ? 'Convert the model again with a current llama.cpp.' : 'Update Tokenlap, or the file.';
  throw unreadable(path, `it is GGUF version ${version}, and versions 2 and 3 are read`, remedy);
}

/** What all lists together may still hold. */
interface Room {
  elements: number;
}

function readField(path: string, key: string, cursor: GgufCursor, room: Room): GgufField {
  const type = valueTypes[cursor.uint32()];
  if (type === undefined) throw unreadable(path, `the value of "${key}" has an unknown type`, fetchAgain);
  return type === 'array' ? readArray(path, key, cursor, room) : readScalar(type, key, cursor);
}

function readScalar(type: GgufScalar['type'], key: string, cursor: GgufCursor): GgufScalar {
  switch (type) {
    case 'uint64':
    case 'int64':
      return { type, value: cursor[type]() };
    case 'bool':
      return { type, value: cursor.uint8() !== 0 };
    case 'string':
      return { type, value: cursor.text(ggufLimits.textBytes, `the text "${key}"`) };
    default:
      return { type, value: cursor[type]() };
  }
}

const elementBytes: Record<GgufScalar['type'], number> = {
  ...{ uint8: 1, int8: 1, bool: 1, uint16: 2, int16: 2, uint32: 4, int32: 4, float32: 4, float64: 8 },
  ...{ uint64: 8, int64: 8, string: 8 },
};

function readArray(path: string, key: string, cursor: GgufCursor, room: Room): GgufArray {
  const of = valueTypes[cursor.uint32()];
  if (of === undefined || of === 'array') {
    throw unreadable(path, `the list "${key}" has elements of a type that is not read`, fetchAgain);
  }
  const length = cursor.count(elementBytes[of], room.elements, `the list "${key}"`);
  room.elements -= length;
  switch (of) {
    case 'uint64':
    case 'int64':
      return { type: 'array', of, value: cursor.list(length, () => cursor[of]()) };
    case 'bool':
      return { type: 'array', of, value: cursor.list(length, () => cursor.uint8() !== 0) };
    case 'string':
      return {
        type: 'array',
        of,
        value: cursor.list(length, () => cursor.text(ggufLimits.textBytes, `a text of "${key}"`)),
      };
    default:
      return { type: 'array', of, value: cursor.list(length, () => cursor[of]()) };
  }
}

/** The offset is still relative to the data section here. */
function readTensor(path: string, cursor: GgufCursor): StoredTensor {
  const name = cursor.text(ggufLimits.nameBytes, 'the name of a tensor');
  const dimensions = cursor.uint32();
  if (dimensions > maximumDimensions) {
    throw unreadable(path, `the tensor ${name} has ${dimensions} dimensions`, fetchAgain);
  }
  const shape = Array.from({ length: dimensions }, () => Number(cursor.uint64()));
  const elements = elementCount(shape);
  if (elements < 1 || !Number.isSafeInteger(elements)) {
    throw unreadable(path, `the tensor ${name} has the impossible shape ${shape.join(' × ')}`, fetchAgain);
  }
  const typeNumber = cursor.uint32();
  const type = ggmlTypeById(typeNumber);
  if (type === undefined) {
    const remedy = 'Use a file in a current format, such as q8_0 or q4_k_m.';
    throw unreadable(path, `the tensor ${name} is stored as type ${typeNumber}, which is withdrawn or unknown`, remedy);
  }
  const bytes = tensorBytes(type, shape);
  if (bytes === undefined) {
    throw unreadable(path, `rows of ${shape[0]} weights in ${name} are not whole blocks of ${type}`, fetchAgain);
  }
  return { path, name, shape, type, elements, offset: Number(cursor.uint64()), bytes };
}

function checkTensors(path: string, tensors: readonly StoredTensor[], fileBytes: number, alignment: number): void {
  const names = new Set<string>();
  for (const { name, offset, bytes } of tensors) {
    if (names.has(name)) throw unreadable(path, `the tensor ${name} stands in it twice`, fetchAgain);
    names.add(name);
    if (offset % alignment !== 0) throw unreadable(path, `the tensor ${name} is not aligned`, fetchAgain);
    if (offset + bytes > fileBytes) {
      throw unreadable(
        path,
        `the tensor ${name} ends at byte ${offset + bytes}, and the file has ${fileBytes}`,
        fetchAgain,
      );
    }
  }
}
