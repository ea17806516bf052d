/** Reads the head of a file from front to back, in as few and as small pieces as the head needs. */
import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import { ggufLimits } from '../../command-line/files/input-limits.ts';
import {
  type BigNumberType,
  type GgufArray,
  type GgufField,
  type GgufScalar,
  type SmallNumberType,
  valueTypes,
} from './format.ts';
import { bigNumberCodecs, decodeText, numberCodecs, scalarBytes } from './scalars.ts';
import { beyondLimit, outOfBytes, Unreadable } from './unreadable.ts';

const firstReadBytes = 64 * 1024;
const largestReadBytes = 4 * 1024 * 1024;

export class GgufCursor {
  /** Bytes from the start of the file. */
  position = 0;
  /** How many elements all lists that are still to come may have together. */
  elementsLeft: number = ggufLimits.elements;
  readonly #file: number;
  readonly #fileBytes: number;
  #window = Buffer.alloc(0);
  #windowStart = 0;
  #nextReadBytes = firstReadBytes;

  constructor(file: number, fileBytes: number) {
    this.#file = file;
    this.#fileBytes = fileBytes;
  }

  get remainingBytes(): number {
    return this.#fileBytes - this.position;
  }

  number(type: SmallNumberType): number {
    const { bytes, read } = numberCodecs[type];
    const at = this.#take(bytes);
    return read(this.#window, at);
  }

  bigNumber(type: BigNumberType): bigint {
    const { bytes, read } = bigNumberCodecs[type];
    const at = this.#take(bytes);
    return read(this.#window, at);
  }

  /**
   * A count of things that take at least `bytesEach`: a count that the file is too short for is refused here, before
   * anything is allocated for it. A file may be large and empty, so there is a limit too.
   * @param of for messages: 'a list'
   */
  count(bytesEach: number, most: number, of: string): number {
    const at = this.#take(8);
    const count = this.#window.readUInt32LE(at + 4) * 2 ** 32 + this.#window.readUInt32LE(at);
    if (count * bytesEach > this.remainingBytes) throw outOfBytes(`a count of ${count} at byte ${this.position - 8}`);
    if (count > most) throw beyondLimit(`${of} at byte ${this.position - 8} has ${count}, and up to ${most} are read`);
    return count;
  }

  /** Reads a text, which `encodeText` turns back into the same bytes. @param of for messages: 'a text' */
  text(mostBytes: number, of: string): string {
    const length = this.count(1, mostBytes, of);
    const start = this.#take(length);
    const found = this.#window.subarray(start, start + length);
    if (length > ggufLimits.brokenTextBytes && !isUtf8(found)) {
      throw beyondLimit(`${of} at byte ${this.position - length} has ${length} bytes and is not UTF-8`);
    }
    return decodeText(found);
  }

  /** Reads `length` values one after the other; a loop, because lists of hundreds of thousands are common. */
  list<T>(length: number, read: () => T): T[] {
    const values: T[] = [];
    for (let i = 0; i < length; i++) values.push(read());
    return values;
  }

  /** Makes `length` bytes available in the window and steps over them; returns where in the window they begin. */
  #take(length: number): number {
    const start = this.position - this.#windowStart;
    if (start + length > this.#window.length) {
      this.#read(length);
      return this.#take(length);
    }
    this.position += length;
    return start;
  }

  #read(needed: number): void {
    if (needed > this.remainingBytes) throw outOfBytes(`byte ${this.#fileBytes}`);
    if (this.position > ggufLimits.headBytes) {
      throw beyondLimit(`the head goes on at byte ${this.position}, and up to ${ggufLimits.headBytes} are read`);
    }
    const length = Math.min(this.remainingBytes, Math.max(needed, this.#nextReadBytes));
    this.#nextReadBytes = Math.min(largestReadBytes, this.#nextReadBytes * 4);
    const window = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const got = readSync(this.#file, window, done, length - done, this.position + done);
      if (got === 0) throw outOfBytes(`byte ${this.position + done}`);
      done += got;
    }
    this.#window = window;
    this.#windowStart = this.position;
  }
}

export function readField(cursor: GgufCursor, key: string): GgufField {
  const type = valueTypes[cursor.number('uint32')];
  if (type === undefined) throw new Unreadable(`the value of "${key}" has an unknown type`);
  return type === 'array' ? readArray(cursor, key) : readScalar(cursor, key, type);
}

function readScalar(cursor: GgufCursor, key: string, type: GgufScalar['type']): GgufScalar {
  switch (type) {
    case 'uint64':
    case 'int64':
      return { type, value: cursor.bigNumber(type) };
    case 'bool':
      return { type, value: cursor.number('uint8') !== 0 };
    case 'string':
      return { type, value: cursor.text(ggufLimits.textBytes, `the text "${key}"`) };
    default:
      return { type, value: cursor.number(type) };
  }
}

function readArray(cursor: GgufCursor, key: string): GgufArray {
  const of = valueTypes[cursor.number('uint32')];
  if (of === undefined || of === 'array') {
    throw new Unreadable(`the list "${key}" has elements of a type that is not read`);
  }
  const length = cursor.count(scalarBytes(of), cursor.elementsLeft, `the list "${key}"`);
  cursor.elementsLeft -= length;
  switch (of) {
    case 'uint64':
    case 'int64':
      return { type: 'array', of, value: cursor.list(length, () => cursor.bigNumber(of)) };
    case 'bool':
      return { type: 'array', of, value: cursor.list(length, () => cursor.number('uint8') !== 0) };
    case 'string':
      return {
        type: 'array',
        of,
        value: cursor.list(length, () => cursor.text(ggufLimits.textBytes, `a text of "${key}"`)),
      };
    default:
      return { type: 'array', of, value: cursor.list(length, () => cursor.number(of)) };
  }
}
