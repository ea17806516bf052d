/**
 * Keys and values in memory of our own, fed as inputs; of each run only the new ones come back and are put to the old ones.
 * The binding copies every output that it hands over, so all of them would cost more at each token than attention itself.
 */
import type { KeyValueType } from './attention.ts';
import { graphOutputs, keyValueInput } from './graph-values.ts';
import type { CacheShape, KeyValueCache, Results } from './key-value-cache.ts';
import { Tensor } from './runtime.ts';

type Elements = Float32Array | Uint16Array;

export class HostCache implements KeyValueCache {
  readonly outputs = [graphOutputs.newKeysAndValues];
  readonly #shape: CacheShape;
  readonly #type: KeyValueType;
  /** One for a layer's keys and one for its values, as long as the context: (KV heads, positions, head size). */
  readonly #buffers: ReadonlyArray<{ input: string; elements: Elements }>;
  /** Positions from one head to the next; no more than the text needs, because a run goes over all of them. */
  #positions = 0;
  #feeds: Record<string, Tensor> = {};

  constructor(shape: CacheShape, type: KeyValueType, contextTokens: number) {
    this.#shape = shape;
    this.#type = type;
    const length = shape.keyValueHeads * contextTokens * shape.headSize;
    this.#buffers = Array.from({ length: shape.layers }, (_, layer) =>
      (['key', 'value'] as const).map((part) => ({
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
    const { keyValueHeads, headSize } = this.#shape;
    if (positions !== this.#positions) {
      for (const { elements } of this.#buffers) this.#move(elements, wanted, positions);
      const dimensions = [1, keyValueHeads, positions, headSize];
      const length = keyValueHeads * positions * headSize;
      this.#feeds = Object.fromEntries(
        this.#buffers.map(({ input, elements }) => [
          input,
          new Tensor(this.#type, elements.subarray(0, length), dimensions),
        ]),
      );
      this.#positions = positions;
    }
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

  /** Brings what is kept of each head to its new place, those first that would be overwritten. */
  #move(elements: Elements, kept: number, positions: number): void {
    const { keyValueHeads, headSize } = this.#shape;
    for (let i = 1; i < keyValueHeads && kept > 0; i++) {
      const head = positions > this.#positions ? keyValueHeads - i : i;
      const start = head * this.#positions * headSize;
      elements.copyWithin(head * positions * headSize, start, start + kept * headSize);
    }
  }
}
