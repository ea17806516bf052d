/** How a graph is fed, and where it says what comes next. */
import { Tensor } from './runtime.ts';

export interface GraphInterface {
  /**
   * What a run is fed besides keys and values.
   * @param past positions before the tokens
   * @param from index of the first token whose output is wanted; that of all after it is too
   * @returns what holds until the next call; another object whenever it is other tensors
   */
  feeds(tokens: Int32Array, past: number, from: number): Readonly<Record<string, Tensor>>;
  /** Output with the ids of the greatest logits, int64; null: they must be searched for in the logits. */
  readonly nextTokens: string | null;
  /** Output of (1, at least the wanted rows, vocabulary), float32. */
  readonly logits: string;
}

export function int64(values: Iterable<number>, shape: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
}

/** first, first + 1, ... */
export function ascending(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
