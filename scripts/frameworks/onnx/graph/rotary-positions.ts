/** Rotary positions (Su et al., arXiv 2104.09864): their settings, and tables of cosines and sines. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { StoredTensor } from '../../../models/gguf/format.ts';

export interface Rotation {
  base: number;
  /** Divides positions. */
  scale: number;
  /** Number of leading dimensions of a head that are rotated. */
  dimensions: number;
  /** Whether neighbours rotate as a pair, as in llama's files; otherwise dimension i and i + half do. */
  interleaved: boolean;
}

export interface RotaryTables {
  /** Both are of (positions, dimensions / 2), position after position. */
  cosines: Float32Array;
  sines: Float32Array;
}

/**
 * Computes the tables for angles of pair i at position p: p / scale / factor_i · base^(-2i / dimensions).
 * @param factors one for each pair, from the model (Llama 3); undefined: 1
 */
export function rotaryTables(rotation: Rotation, positions: number, factors: Float32Array | undefined): RotaryTables {
  const pairs = rotation.dimensions / 2;
  const cosines = new Float32Array(positions * pairs);
  const sines = new Float32Array(positions * pairs);
  for (let pair = 0; pair < pairs; pair++) {
    const frequency = rotation.base ** (-pair / pairs) / rotation.scale / (factors?.[pair] ?? 1);
    for (let position = 0; position < positions; position++) {
      cosines[position * pairs + pair] = Math.cos(position * frequency);
      sines[position * pairs + pair] = Math.sin(position * frequency);
    }
  }
  return { cosines, sines };
}

/** Reads the values of a small float32 tensor. */
export function readFactors(tensor: StoredTensor): Float32Array {
  const values = new Float32Array(tensor.elements);
  const file = openSync(tensor.path, 'r');
  try {
    readSync(file, new Uint8Array(values.buffer), 0, tensor.bytes, tensor.offset);
  } finally {
    closeSync(file);
  }
  return values;
}
