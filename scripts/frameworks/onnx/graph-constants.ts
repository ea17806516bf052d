/**
 * The tensors of a GGUF file as constants of a graph. Nothing is computed here: where float32 is wanted, it is made by nodes
 * without inputs, which ONNX Runtime evaluates once, while it loads.
 */
import { UserError } from '../../command-line/errors.ts';
import type { StoredTensor } from '../../models/gguf/format.ts';
import type { BlockFormat } from './block-repacking.ts';
import type { DataFilePlan, Region } from './data-file.ts';
import { type GraphBuilder, integer } from './graph-builder.ts';
import { type ElementType, elementTypes } from './onnx-file.ts';

const floatTypes: Readonly<Record<string, ElementType>> = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' };
/** In the middle of eight bits. */
const zeroPoint = 0x80;

export interface Blocks {
  format: BlockFormat;
  /** Constants, by name. */
  integers: string;
  scales: string;
}

export class Constants {
  readonly #graph: GraphBuilder;
  readonly #data: DataFilePlan;
  /** Name of the data file, as the graph says it. */
  readonly #dataName: string;
  readonly #made = new Set<string>();

  constructor(graph: GraphBuilder, data: DataFilePlan, dataName: string) {
    this.#graph = graph;
    this.#data = data;
    this.#dataName = dataName;
  }

  /** As the file has it, outermost dimension first. @returns undefined for formats in blocks */
  stored(tensor: StoredTensor): string | undefined {
    const placement = this.#data.place(tensor);
    const type = floatTypes[tensor.type];
    if (!('values' in placement) || type === undefined) return undefined;
    return this.#add(tensor.name, type, tensor.shape.toReversed(), placement.values);
  }

  /** Integers of (rows, blocks of a row, bytes of a block), and scales of (rows, blocks of a row). */
  blocks(tensor: StoredTensor): Blocks {
    const [width = 0, rows = 1] = tensor.shape;
    const { format, integers, scales } = this.#blockPlacement(tensor);
    const blocks = width / format.blockElements;
    const blockBytes = (format.blockElements * format.bits) / 8;
    return {
      format,
      integers: this.#add(`${tensor.name}.blocks`, 'uint8', [rows, blocks, blockBytes], integers),
      scales: this.#add(`${tensor.name}.scales`, 'float32', [rows, blocks], scales),
    };
  }

  /** Integers of (rows, bytes of a row), and scales of (rows, blocks of a row). */
  table(tensor: StoredTensor): Blocks {
    const [width = 0, rows = 1] = tensor.shape;
    const { format, integers } = this.#blockPlacement(tensor);
    const { scales } = this.blocks(tensor);
    const table = this.#add(`${tensor.name}.table`, 'uint8', [rows, (width * format.bits) / 8], integers);
    return { format, integers: table, scales };
  }

  /** In float32, whatever it is in the file; formats of 4-bit blocks excepted. */
  float32(tensor: StoredTensor): string {
    const stored = this.stored(tensor);
    if (stored !== undefined && tensor.type === 'f32') return stored;
    const name = `${tensor.name}.float32`;
    if (this.#made.has(name)) return name;
    this.#made.add(name);
    if (stored === undefined) return this.#dequantized(tensor, name);
    return this.#graph.onnx('Cast', name, [stored], { to: integer(elementTypes.float32.id) });
  }

  #dequantized(tensor: StoredTensor, name: string): string {
    const [width = 0, rows = 1] = tensor.shape;
    const { format, integers, scales } = this.table(tensor);
    const shape = [rows, width / format.blockElements];
    const shapeName = this.#graph.constant(`shape.${shape.join('x')}`, 'int64', [2], BigInt64Array.from(shape, BigInt));
    const middle = this.#graph.constant('zero_point', 'uint8', [1, 1], Uint8Array.of(zeroPoint));
    const zeroPoints = this.#graph.onnx('Expand', `${tensor.name}.zero_points`, [middle, shapeName]);
    return this.#graph.onnx('DequantizeLinear', name, [integers, scales, zeroPoints], {
      axis: integer(1),
      block_size: integer(format.blockElements),
    });
  }

  #blockPlacement(tensor: StoredTensor) {
    const placement = this.#data.place(tensor);
    if ('format' in placement) return placement;
    throw new UserError(`${tensor.name} is not stored in blocks but as ${tensor.type}`);
  }

  #add(name: string, type: ElementType, shape: readonly number[], region: Region): string {
    return this.#graph.initializer({ name, type, shape, content: { file: this.#dataName, ...region } });
  }
}
