/** Builds a graph node by node; every value has the name of the node that makes it. */
import type { Attribute, ElementType, Graph, GraphNode, Initializer, TensorType } from './onnx-file.ts';

type Attributes = Readonly<Record<string, Attribute>>;
type Outputs = string | readonly [string, ...string[]];

export const integer = (value: number): Attribute => ({ integer: value });
export const integers = (...values: number[]): Attribute => ({ integers: values });
export const float = (value: number): Attribute => ({ float: value });

const contribDomain = 'com.microsoft';

/** Operator set 21 is the first whose DequantizeLinear supports blocks. */
export const operatorSets: ReadonlyMap<string, number> = new Map([
  ['', 21],
  [contribDomain, 1],
]);

export class GraphBuilder {
  readonly #inputs = new Map<string, TensorType>();
  readonly #outputs = new Map<string, TensorType>();
  readonly #initializers = new Map<string, Initializer>();
  readonly #nodes: GraphNode[] = [];

  input(name: string, type: ElementType, shape: TensorType['shape']): string {
    this.#inputs.set(name, { type, shape });
    return name;
  }

  output(name: string, type: ElementType, shape: TensorType['shape']): void {
    this.#outputs.set(name, { type, shape });
  }

  /** Adds a constant; adding the same one again has no effect. */
  initializer(initializer: Initializer): string {
    this.#initializers.set(initializer.name, initializer);
    return initializer.name;
  }

  /** Adds a small constant, stored in the file of the graph. */
  constant(name: string, type: ElementType, shape: readonly number[], values: ArrayBufferView): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.initializer({ name, type, shape, content: { bytes } });
  }

  /** Adds an operator of ONNX. @param outputs the first one names the node */
  onnx(operator: string, outputs: Outputs, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.#add('', operator, outputs, inputs, attributes);
  }

  /** Adds an operator of ONNX Runtime. @param outputs the first one names the node; an empty name is an omitted output */
  contrib(operator: string, outputs: Outputs, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.#add(contribDomain, operator, outputs, inputs, attributes);
  }

  build(name: string): Graph {
    return {
      name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: [...this.#initializers.values()],
      nodes: this.#nodes,
    };
  }

  /** @returns the first output */
  #add(domain: string, operator: string, outputs: Outputs, inputs: readonly string[], attributes: Attributes): string {
    const list: readonly [string, ...string[]] = typeof outputs === 'string' ? [outputs] : outputs;
    this.#nodes.push({ operator, domain, name: list[0], inputs, outputs: list, attributes });
    return list[0];
  }
}

/** Names of a graph's inputs and outputs; names that the graphs of other tools share are the same there. */

/** Formats in which keys and values can be cached. */
export type KeyValueType = 'float32' | 'float16';

export const graphInputs = {
  /** int64 of (1, tokens) */
  tokens: 'input_ids',
  /** int64 of (1, tokens) */
  positions: 'position_ids',
  /** int32 of (1): position of the last token of the run. */
  lastPosition: 'seqlens_k',
  /** int32 of (1): cached positions and new ones, together. */
  totalLength: 'total_sequence_length',
  /** int64 of (rows): indexes among the run's tokens. */
  logitRows: 'logit_rows',
} as const;

export const graphOutputs = {
  /** int64 of (1, rows): ids of the greatest logits. */
  nextTokens: 'next_tokens',
  /** float32 of (1, rows, vocabulary) */
  logits: 'logits',
  /** Keys and values of the run's tokens, (2 · layers, KV heads, tokens, head size), a layer's keys before its values. */
  newKeysAndValues: 'new_keys_and_values',
} as const;

export const keyAndValue = ['key', 'value'] as const;
type Part = (typeof keyAndValue)[number];

/** Input of (1, KV heads, positions, head size); the content of unfilled positions does not matter. */
export function keyValueInput(layer: number, part: Part): string {
  return `past_key_values.${layer}.${part}`;
}

/** Output of all keys or values, the new ones included. */
export function keyValueOutput(layer: number, part: Part): string {
  return `present.${layer}.${part}`;
}
