/** The reference's probabilities of every scored token, in a file, in the order in which they were scored. */
import { open } from 'node:fs/promises';
import { storedWords } from './stored-row.ts';

/** A chunk at a time is written, and read again. */
export class StoredReference {
  readonly columns: number;
  readonly #path: string;
  readonly #rowsPerChunk: number;

  constructor(path: string, columns: number, rowsPerChunk: number) {
    this.#path = path;
    this.columns = columns;
    this.#rowsPerChunk = rowsPerChunk;
  }

  static bytesPerChunk(columns: number, rowsPerChunk: number): number {
    return storedWords(columns) * rowsPerChunk * Uint16Array.BYTES_PER_ELEMENT;
  }

  /** Room for a chunk; its rows follow each other. */
  emptyChunk(): Uint16Array<ArrayBuffer> {
    return new Uint16Array(storedWords(this.columns) * this.#rowsPerChunk);
  }

  /** Part of a chunk that is one row. */
  rowOf(chunk: Uint16Array<ArrayBuffer>, index: number): Uint16Array<ArrayBuffer> {
    const words = storedWords(this.columns);
    return chunk.subarray(index * words, (index + 1) * words);
  }

  async write(chunk: number, rows: Uint16Array<ArrayBuffer>): Promise<void> {
    await using file = await open(this.#path, chunk === 0 ? 'w' : 'r+');
    await file.write(new Uint8Array(rows.buffer), 0, rows.byteLength, chunk * rows.byteLength);
  }

  /** @throws RangeError when it is not there */
  async read(chunk: number): Promise<Uint16Array<ArrayBuffer>> {
    await using file = await open(this.#path);
    const rows = this.emptyChunk();
    const { bytesRead } = await file.read(new Uint8Array(rows.buffer), 0, rows.byteLength, chunk * rows.byteLength);
    if (bytesRead < rows.byteLength) throw new RangeError(`chunk ${chunk} of the reference's probabilities is cut off`);
    return rows;
  }
}
