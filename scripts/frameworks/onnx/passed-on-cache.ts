/** Keys and values as one run gives them and the next one is fed: on an accelerator they can stay where they are. */
import type { KeyValueType } from './attention.ts';
import { keyValueInput, keyValueOutput } from './graph-values.ts';
import type { CacheShape, KeyValueCache, Results } from './key-value-cache.ts';
import { Tensor } from './runtime.ts';

const parts = ['key', 'value'] as const;

export class PassedOnCache implements KeyValueCache {
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
    const elementBytes = this.#type === 'float32' ? 4 : 2;
    return Object.values(this.#feeds).reduce((sum, { size }) => sum + size * elementBytes, 0);
  }

  get feeds(): Readonly<Record<string, Tensor>> {
    return this.#feeds;
  }

  /** Nothing can be cut off, so nothing is kept. */
  prepare(): number {
    const { keyValueHeads, headSize } = this.#shape;
    const none = this.#type === 'float32' ? new Float32Array() : new Uint16Array();
    this.#take(() => new Tensor(this.#type, none, [1, keyValueHeads, 0, headSize]));
    return 0;
  }

  store(results: Results): void {
    this.#take((output) => {
      const tensor = results[output];
      if (tensor === undefined) throw new TypeError(`the graph gave no ${output}`);
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
      parts.map((part) => ({ input: keyValueInput(layer, part), output: keyValueOutput(layer, part) })),
    ).flat();
  }
}
