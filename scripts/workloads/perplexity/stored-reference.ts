/** The reference's probabilities as they are stored, and how far those of another run are from them, token by token. */
import { open } from 'node:fs/promises';
import type { TokenDivergence } from './figures.ts';

/**
 * As llama-perplexity's `log_softmax` with `base_log_prob` (tools/perplexity/perplexity.cpp), with its roundings to float32.
 * KL(P ‖ Q) = Σ p (ln p − ln q); Kullback and Leibler 1951.
 * @param row logits of this run
 */
export function tokenDivergence(row: Float32Array, reference: StoredRow, token: number): TokenDivergence {
  let largest = Number.NEGATIVE_INFINITY;
  let top = 0;
  for (let id = 0; id < row.length; id++) {
    const logit = row[id] ?? Number.NaN;
    if (logit > largest) {
      largest = logit;
      top = id;
    }
  }
  const normalizer = Math.fround(largest + logWeight(row, largest));
  const nll = Math.fround(normalizer - (row[token] ?? Number.NaN));
  const storedNll = -storedLogProbability(reference, token);
  let kl = 0;
  let referenceTop = 0;
  let referenceLargest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < row.length; id++) {
    const logP = storedLogProbability(reference, id);
    if (logP > referenceLargest) {
      referenceLargest = logP;
      referenceTop = id;
    }
    if (logP > -floorNats) kl += Math.exp(logP) * (Math.fround(logP - (row[id] ?? Number.NaN)) + normalizer);
  }
  return { nll, storedNll, kl, shift: Math.exp(-nll) - Math.exp(-storedNll), top, sameTop: top === referenceTop };
}

// The reference's probabilities as llama-perplexity stores them for a comparison (tools/perplexity/perplexity.cpp,
// `log_softmax` with `uint16_t * log_prob`): each row is two float32, the step and the smallest log-probability, and then a
// whole number of steps for each token in 16 bits. It takes half the space of logits, and with the same rounding the
// divergence of two runs that are nearly equal is the same as there.
//
// Log-probabilities more than 16 below the largest are lifted to that floor.

/** Nats below the largest log-probability, beyond which all are taken for one. */
const floorNats = 16;
const steps = 65535;
/** Of 16 bits: the two numbers in front of the levels. */
const headWords = 4;

/** Words of 16 bits that a row takes: an even number, so that the next row's float32 are aligned. */
export function storedWords(columns: number): number {
  return 2 * Math.floor((columns + 1) / 2) + headWords;
}

/** @param into of `storedWords(row.length)` */
export function storeRow(row: Float32Array, into: Uint16Array<ArrayBuffer>): void {
  let largest = Number.NEGATIVE_INFINITY;
  let smallest = Number.POSITIVE_INFINITY;
  for (const logit of row) {
    if (logit > largest) largest = logit;
    if (logit < smallest) smallest = logit;
  }
  smallest = Math.max(smallest, largest - floorNats);
  const step = Math.fround(Math.fround(largest - smallest) / steps);
  const head = headOf(into);
  head[0] = step;
  head[1] = Math.fround(smallest - largest) - logWeight(row, largest);
  const inverse = step === 0 ? 0 : Math.fround(1 / step);
  for (let id = 0; id < row.length; id++) {
    const above = Math.fround((row[id] ?? Number.NaN) - smallest);
    into[headWords + id] = above > 0 ? nearestEven(Math.fround(inverse * above)) : 0;
  }
}

export interface StoredRow {
  step: number;
  /** Smallest log-probability. */
  minimum: number;
  levels: Uint16Array;
}

export function readStored(stored: Uint16Array<ArrayBuffer>, columns: number): StoredRow {
  const [step = Number.NaN, minimum = Number.NaN] = headOf(stored);
  return { step, minimum, levels: stored.subarray(headWords, headWords + columns) };
}

/** In float32, as they were written. */
export function storedLogProbability({ step, minimum, levels }: StoredRow, token: number): number {
  return Math.fround(Math.fround(step * (levels[token] ?? Number.NaN)) + minimum);
}

/** ln Σ exp(logit − largest), rounded to float32 as there. */
function logWeight(row: Float32Array, largest: number): number {
  let sum = 0;
  for (let id = 0; id < row.length; id++) sum += Math.exp(Math.fround((row[id] ?? Number.NaN) - largest));
  return Math.fround(Math.log(sum));
}

function headOf(stored: Uint16Array<ArrayBuffer>): Float32Array {
  return new Float32Array(stored.buffer, stored.byteOffset, 2);
}

/** Of two equally near the even one, as adding 1.5 · 2^23 in float32 does it. */
function nearestEven(value: number): number {
  const magic = 12582912;
  return Math.fround(value + magic) - magic;
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
