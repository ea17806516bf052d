/**
 * The tensors of a GGUF file as constants of a graph. Nothing is computed here: float32 values that the file does not have come
 * from nodes without inputs, which ONNX Runtime evaluates once, while it loads.
 */
import { UserError } from '../../../command-line/errors.ts';
import type { GgufTensor, StoredTensor } from '../../../models/gguf/format.ts';
import type { ResidentWeights } from '../../framework.ts';
import type { BlockFormat } from './block-repacking.ts';
import type { DataFilePlan, Region } from './data-file.ts';
import { type GraphBuilder, integer } from './graph-builder.ts';
import { type ElementType, elementTypes } from './onnx-file.ts';

const floatTypes: Readonly<Record<string, ElementType>> = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' };
/** The middle of the range of eight bits. */
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
  /** Name of the data file in the graph. */
  readonly #dataName: string;
  readonly #made = new Set<string>();

  constructor(graph: GraphBuilder, data: DataFilePlan, dataName: string) {
    this.#graph = graph;
    this.#data = data;
    this.#dataName = dataName;
  }

  /** Adds a tensor in the format of the file, outermost dimension first. @returns undefined for formats in blocks */
  stored(tensor: StoredTensor): string | undefined {
    const placement = this.#data.place(tensor);
    const type = floatTypes[tensor.type];
    if (!('values' in placement) || type === undefined) return undefined;
    return this.#add(tensor.name, type, tensor.shape.toReversed(), placement.values);
  }

  /** Adds integers of (rows, blocks of a row, bytes of a block), and scales of (rows, blocks of a row). */
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

  /** Adds integers of (rows, bytes of a row), and scales of (rows, blocks of a row). */
  table(tensor: StoredTensor): Blocks {
    const [width = 0, rows = 1] = tensor.shape;
    const { format, integers } = this.#blockPlacement(tensor);
    const { scales } = this.blocks(tensor);
    const table = this.#add(`${tensor.name}.table`, 'uint8', [rows, (width * format.bits) / 8], integers);
    return { format, integers: table, scales };
  }

  /** Adds a tensor as float32, whatever its format in the file, except for 4-bit blocks. */
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

/** Counts how weights will be stored in memory, which can differ from the GGUF file. */
export class ResidentCount {
  readonly #bytesOf = new Map<string, number>();
  #bytesPerToken = 0;
  readonly #formats = new Set<string>();

  /**
   * Counts one use of a constant, which is in memory once however often it is used.
   * @param bytesPerToken bytes of the constant that this use reads for one token
   * @param format the format of a matrix
   */
  add(constant: string, bytes: number, bytesPerToken: number, format?: string): void {
    this.#bytesOf.set(constant, bytes);
    this.#bytesPerToken += bytesPerToken;
    if (format !== undefined) this.#formats.add(format);
  }

  /** Bytes of all weights; a table that is also the output matrix may be stored twice. */
  get bytes(): number {
    return [...this.#bytesOf.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** @returns undefined when the weights are stored as in the file */
  resident(tensors: readonly GgufTensor[]): ResidentWeights | undefined {
    const storedBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
    const parameters = tensors.reduce((sum, { elements }) => sum + elements, 0);
    if (this.bytes === storedBytes) return undefined;
    return {
      format: [...this.#formats].join(' and '),
      bitsPerWeight: (this.bytes * 8) / parameters,
      bytesPerToken: Math.round(this.#bytesPerToken),
    };
  }
}

/** Bytes of a tensor as float32. */
export function float32Bytes({ elements }: GgufTensor): number {
  return elements * elementTypes.float32.bytes;
}

/** Bytes of a tensor as integers with their scales. */
export function blockBytes({ elements }: GgufTensor, { bits, blockElements }: BlockFormat): number {
  return (elements * bits) / 8 + (elements / blockElements) * elementTypes.float32.bytes;
}
