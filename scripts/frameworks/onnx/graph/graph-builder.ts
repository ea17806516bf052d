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
