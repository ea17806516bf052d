/** The rows of logits that an engine's `score` wrote, visited in order: read in blocks, so that small rows cost no call each. */
import { open } from 'node:fs/promises';
import { UserError } from '../../command-line/errors.ts';
import type { Scored } from '../../frameworks/framework.ts';
import type { RunContext } from '../../run/run-plan.ts';
import type { ReferenceFolder } from '../reference/reference-folder.ts';
import { storedWords } from './token-divergence.ts';

const blockBytes = 4e6;

/**
 * @param count of the first rows; the last row of a score, which predicts what follows the text, is of no use here
 * @throws RangeError when the file has fewer
 */
async function visitRows(
  path: string,
  { columns }: Scored,
  count: number,
  visit: (row: Float32Array, index: number) => void,
): Promise<void> {
  await using file = await open(path);
  const bytesPerRow = columns * Float32Array.BYTES_PER_ELEMENT;
  const rowsPerBlock = Math.max(1, Math.min(count, Math.floor(blockBytes / bytesPerRow)));
  const block = new Float32Array(rowsPerBlock * columns);
  const target = new Uint8Array(block.buffer);
  for (let first = 0; first < count; first += rowsPerBlock) {
    const rows = Math.min(rowsPerBlock, count - first);
    const { bytesRead } = await file.read(target, 0, rows * bytesPerRow, first * bytesPerRow);
    if (bytesRead < rows * bytesPerRow) {
      throw new RangeError(
        `${count} rows of ${columns} logits were promised, and the file ends in row ${first + Math.floor(bytesRead / bytesPerRow)}`,
      );
    }
    for (let i = 0; i < rows; i++) visit(block.subarray(i * columns, (i + 1) * columns), first + i);
  }
}

// Logits of the scored tokens of one chunk, whichever engine they come from.

/**
 * @param first index of the first token that is scored
 * @param visit gets the logits before a token, and the token
 * @throws UserError when the engine shows no logits, or there is no room for them
 */
export async function rowsOfChunk(
  { engine, showsLogits, plan }: RunContext,
  folder: ReferenceFolder,
  tokens: readonly number[],
  first: number,
  visit: (row: Float32Array, token: number, index: number) => void,
): Promise<void> {
  if (!showsLogits) {
    throw new UserError(`${plan.framework.title} shows no logits: there is no KL divergence of it`, {
      remedy: 'Leave it out of --frameworks, or add --no-reference.',
    });
  }
  const path = folder.file('chunk');
  const scored = await engine.score({ tokens, from: first, path });
  const wanted = tokens.length - first;
  if (scored.rows < wanted) throw new RangeError(`${scored.rows} rows of logits came for ${wanted} tokens`);
  await visitRows(path, scored, wanted, (row, index) => visit(row, tokens[first + index] ?? -1, index));
}

// The reference's probabilities of every scored token, in a file, in the order in which they were scored.

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
