/** Where keys and values stay between two runs of a graph. */
import type { Tensor } from './runtime.ts';

/** What fixes the size of a cache. */
export interface CacheShape {
  layers: number;
  keyValueHeads: number;
  headSize: number;
}

export type Results = Readonly<Record<string, Tensor>>;

export interface KeyValueCache {
  /** Of its buffers. */
  readonly bytes: number;
  /** What a run is fed: the keys and values of all layers. Another object whenever it is other tensors. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Outputs that a run must give. */
  readonly outputs: readonly string[];
  /**
   * Makes ready for a text of so many positions.
   * @param wanted positions from the beginning whose keys and values are to be kept
   * @returns how many are kept
   */
  prepare(positions: number, wanted: number): number;
  /**
   * Takes up what a run gave.
   * @param past positions that were filled before
   * @param tokens of the run
   */
  store(results: Results, past: number, tokens: number): void;
}
