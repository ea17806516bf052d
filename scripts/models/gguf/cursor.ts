/** Reads the head of a file from front to back, in as few and as small pieces as the head needs. */
import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import { ggufLimits } from '../../command-line/input-limits.ts';
import { decodeText } from './text.ts';

const firstReadBytes = 64 * 1024;
const largestReadBytes = 4 * 1024 * 1024;

/** The file ended, or a length said more than the file can hold. */
export class OutOfBytes extends Error {
  override readonly name = 'OutOfBytes';
}

/** The file says more than is read of any. */
export class BeyondLimit extends Error {
  override readonly name = 'BeyondLimit';
}

export class GgufCursor {
  /** Bytes from the start of the file. */
  position = 0;
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

  uint8(): number {
    const at = this.#take(1);
    return this.#window.readUInt8(at);
  }
  int8(): number {
    const at = this.#take(1);
    return this.#window.readInt8(at);
  }
  uint16(): number {
    const at = this.#take(2);
    return this.#window.readUInt16LE(at);
  }
  int16(): number {
    const at = this.#take(2);
    return this.#window.readInt16LE(at);
  }
  uint32(): number {
    const at = this.#take(4);
    return this.#window.readUInt32LE(at);
  }
  int32(): number {
    const at = this.#take(4);
    return this.#window.readInt32LE(at);
  }
  float32(): number {
    const at = this.#take(4);
    return this.#window.readFloatLE(at);
  }
  float64(): number {
    const at = this.#take(8);
    return this.#window.readDoubleLE(at);
  }
  uint64(): bigint {
    const at = this.#take(8);
    return this.#window.readBigUInt64LE(at);
  }
  int64(): bigint {
    const at = this.#take(8);
    return this.#window.readBigInt64LE(at);
  }

  /**
   * A count of things that take at least `bytesEach`: a count that the file is too short for is found out here, before
   * anything is allocated for it. A file may be large and hold nothing: so there is a limit too.
   * @param of for messages: 'a list'
   */
  count(bytesEach: number, most: number, of: string): number {
    const at = this.#take(8);
    const count = this.#window.readUInt32LE(at + 4) * 2 ** 32 + this.#window.readUInt32LE(at);
    if (count * bytesEach > this.remainingBytes)
      throw new OutOfBytes(`a count of ${count} at byte ${this.position - 8}`);
    if (count > most)
      throw new BeyondLimit(`${of} at byte ${this.position - 8} has ${count}, and up to ${most} are read`);
    return count;
  }

  /** As `encodeText` takes it. @param of for messages: 'a text' */
  text(mostBytes: number, of: string): string {
    const length = this.count(1, mostBytes, of);
    const start = this.#take(length);
    const found = this.#window.subarray(start, start + length);
    if (length > ggufLimits.brokenTextBytes && !isUtf8(found)) {
      throw new BeyondLimit(`${of} at byte ${this.position - length} has ${length} bytes and is not UTF-8`);
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
    if (needed > this.remainingBytes) throw new OutOfBytes(`byte ${this.#fileBytes}`);
    if (this.position > ggufLimits.headBytes) {
      throw new BeyondLimit(`the head goes on at byte ${this.position}, and up to ${ggufLimits.headBytes} are read`);
    }
    const length = Math.min(this.remainingBytes, Math.max(needed, this.#nextReadBytes));
    this.#nextReadBytes = Math.min(largestReadBytes, this.#nextReadBytes * 4);
    const window = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const got = readSync(this.#file, window, done, length - done, this.position + done);
      if (got === 0) throw new OutOfBytes(`byte ${this.position + done}`);
      done += got;
    }
    this.#window = window;
    this.#windowStart = this.position;
  }
}
