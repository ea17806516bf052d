/** Keeps the keys and values of a text between two runs of a graph. */

import { graphOutputs, type KeyValueType, keyAndValue, keyValueInput, keyValueOutput } from './graph/graph-builder.ts';
import { elementTypes } from './graph/onnx-file.ts';
import { Tensor } from './runtime.ts';

/** Sizes of a cache that do not depend on the text. */
export interface CacheShape {
  layers: number;
  keyValueHeads: number;
  headSize: number;
}

export type Results = Readonly<Record<string, Tensor>>;

export interface KeyValueCache {
  /** Size of its buffers. */
  readonly bytes: number;
  /** Inputs of a run: the keys and values of all layers. A new object whenever the tensors are new. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Outputs that a run must return. */
  readonly outputs: readonly string[];
  /**
   * Prepares for a text of `positions` positions.
   * @param wanted leading positions whose keys and values are to be kept
   * @returns the number of positions that are kept
   */
  prepare(positions: number, wanted: number): number;
  /**
   * Stores the keys and values that a run returned.
   * @param past positions that were filled before
   * @param tokens number of tokens of the run
   */
  store(results: Results, past: number, tokens: number): void;
}

type Elements = Float32Array | Uint16Array;

/**
 * Keys and values in memory of this process. A run takes all of them as inputs and returns only the new ones, which are appended.
 * The binding copies every output that it returns, so returning all of them would cost more per token than attention itself.
 */
export class HostCache implements KeyValueCache {
  readonly outputs = [graphOutputs.newKeysAndValues];
  readonly #shape: CacheShape;
  readonly #type: KeyValueType;
  /** For each layer a buffer of keys and one of values, as long as the context: (KV heads, positions, head size). */
  readonly #buffers: ReadonlyArray<{ input: string; elements: Elements }>;
  /** Positions from one head to the next; no more than the text needs, because a run reads all of them. */
  #positions = 0;
  #feeds: Record<string, Tensor> = {};

  constructor(shape: CacheShape, type: KeyValueType, contextTokens: number) {
    this.#shape = shape;
    this.#type = type;
    const length = shape.keyValueHeads * contextTokens * shape.headSize;
    this.#buffers = Array.from({ length: shape.layers }, (_, layer) =>
      keyAndValue.map((part) => ({
        input: keyValueInput(layer, part),
        elements: type === 'float32' ? new Float32Array(length) : new Uint16Array(length),
      })),
    ).flat();
  }

  get bytes(): number {
    return this.#buffers.reduce((sum, { elements }) => sum + elements.byteLength, 0);
  }

  get feeds(): Readonly<Record<string, Tensor>> {
    return this.#feeds;
  }

  prepare(positions: number, wanted: number): number {
    if (positions === this.#positions) return wanted;
    const { keyValueHeads, headSize } = this.#shape;
    for (const { elements } of this.#buffers) this.#move(elements, wanted, positions);
    const dimensions = [1, keyValueHeads, positions, headSize];
    const length = keyValueHeads * positions * headSize;
    const tensorOf = (elements: Elements) => new Tensor(this.#type, elements.subarray(0, length), dimensions);
    this.#feeds = Object.fromEntries(this.#buffers.map(({ input, elements }) => [input, tensorOf(elements)]));
    this.#positions = positions;
    return wanted;
  }

  store(results: Results, past: number, tokens: number): void {
    const { keyValueHeads, headSize } = this.#shape;
    const fresh = results[graphOutputs.newKeysAndValues]?.data;
    if (!(fresh instanceof Float32Array || fresh instanceof Uint16Array)) throw new TypeError('no new keys and values');
    const length = tokens * headSize;
    let from = 0;
    for (const { elements } of this.#buffers) {
      for (let head = 0; head < keyValueHeads; head++) {
        elements.set(fresh.subarray(from, from + length), (head * this.#positions + past) * headSize);
        from += length;
      }
    }
  }

  /** Moves the kept positions of each head to their new place, in an order in which nothing is overwritten before it is moved. */
  #move(elements: Elements, kept: number, positions: number): void {
    const { keyValueHeads, headSize } = this.#shape;
    for (let i = 1; i < keyValueHeads && kept > 0; i++) {
      const head = positions > this.#positions ? keyValueHeads - i : i;
      const start = head * this.#positions * headSize;
      elements.copyWithin(head * positions * headSize, start, start + kept * headSize);
    }
  }
}

/** Feeds the keys and values that one run returns to the next one: on an accelerator they can stay in its memory. */
export class FedBackCache implements KeyValueCache {
  readonly outputs: readonly string[];
  readonly #shape: CacheShape;
  readonly #type: KeyValueType;
  #feeds: Record<string, Tensor> = {};

  constructor(shape: CacheShape, type: KeyValueType) {
    this.#shape = shape;
    this.#type = type;
    this.outputs = this.#names().map(({ output }) => output);
    this.prepare();
  }

  get bytes(): number {
    const { bytes } = elementTypes[this.#type];
    return Object.values(this.#feeds).reduce((sum, { size }) => sum + size * bytes, 0);
  }

  get feeds(): Readonly<Record<string, Tensor>> {
    return this.#feeds;
  }

  /** Keeps nothing, since the tensors of a run cannot be shortened. */
  prepare(): number {
    const { keyValueHeads, headSize } = this.#shape;
    const none = this.#type === 'float32' ? new Float32Array() : new Uint16Array();
    this.#take(() => new Tensor(this.#type, none, [1, keyValueHeads, 0, headSize]));
    return 0;
  }

  store(results: Results): void {
    this.#take((output) => {
      const tensor = results[output];
      if (tensor === undefined) throw new TypeError(`the graph returned no ${output}`);
      return tensor;
    });
  }

  #take(tensorOf: (output: string) => Tensor): void {
    const before = Object.values(this.#feeds);
    this.#feeds = Object.fromEntries(this.#names().map(({ input, output }) => [input, tensorOf(output)]));
    for (const tensor of before) tensor.dispose();
  }

  #names(): Array<{ input: string; output: string }> {
    return Array.from({ length: this.#shape.layers }, (_, layer) =>
      keyAndValue.map((part) => ({ input: keyValueInput(layer, part), output: keyValueOutput(layer, part) })),
    ).flat();
  }
}
