/** The weights of a GGUF file, put to use in a graph: matrices to multiply by, tables to look up, vectors. */
import { type UserError, usageError } from '../../../command-line/errors.ts';
import { shellLine, startWords } from '../../../command-line/shell-line.ts';
import type { GgufFile, GgufTensor, StoredTensor } from '../../../models/gguf/format.ts';
import type { ResidentWeights } from '../../framework.ts';
import { eightBitActivations, type WeightOptions, weightFormats } from '../options.ts';
import { blockFormat } from './block-repacking.ts';
import type { DataFilePlan } from './data-file.ts';
import { unsupported } from './decoder-shape.ts';
import { type GraphBuilder, integer, integers } from './graph-builder.ts';
import { blockBytes, Constants, float32Bytes, ResidentCount } from './graph-constants.ts';
import { elementTypes } from './onnx-file.ts';

export class Weights {
  /** Path of the GGUF file. */
  readonly path: string;
  readonly #tensors: readonly StoredTensor[];
  readonly #graph: GraphBuilder;
  readonly #constants: Constants;
  readonly #options: WeightOptions;
  readonly #used = new Set<string>();
  readonly #resident = new ResidentCount();

  /** @param dataName name of the weight file in the graph */
  constructor(file: GgufFile, graph: GraphBuilder, data: DataFilePlan, dataName: string, options: WeightOptions) {
    this.path = file.path;
    this.#tensors = file.tensors;
    this.#graph = graph;
    this.#constants = new Constants(graph, data, dataName);
    this.#options = options;
  }

  has(name: string): boolean {
    return this.#tensors.some((tensor) => tensor.name === name);
  }

  /** Takes a tensor. @throws UserError when the file has no such tensor, or in a format that no operator supports */
  take(name: string): StoredTensor {
    const tensor = this.#tensors.find((candidate) => candidate.name === name);
    if (tensor === undefined) {
      throw usageError(
        `ONNX Runtime: ${this.path} has no tensor ${name}`,
        `Check the file with \`${shellLine([...startWords('scripts/models.ts'), 'verify', this.path])}\`.`,
      );
    }
    if (!weightFormats.some((format) => format === tensor.type)) throw this.#unsupported(tensor);
    this.#used.add(name);
    return tensor;
  }

  /** Uses a norm's weights or a bias. @returns float32 of (width) */
  vector(name: string): string {
    const tensor = this.take(name);
    if (blockFormat(tensor.type) !== undefined) throw this.#unsupported(tensor);
    const vector = this.#constants.float32(tensor);
    this.#resident.add(vector, float32Bytes(tensor), float32Bytes(tensor));
    return vector;
  }

  /**
   * Computes x Wᵀ, and adds the bias if the file has one.
   * @param name name of the tensor without '.weight': a matrix of (outputs, inputs)
   * @param x float32 of (..., inputs)
   * @param as name of the product, if not that of the matrix
   * @returns float32 of (..., outputs)
   */
  linear(name: string, x: string, as: string = name): string {
    const tensor = this.take(`${name}.weight`);
    const product = this.#staysInBlocks(tensor) ? this.#blockProduct(tensor, as, x) : this.#product(tensor, as, x);
    if (!this.has(`${name}.bias`)) return product;
    return this.#graph.onnx('Add', `${as}.biased`, [product, this.vector(`${name}.bias`)]);
  }

  /**
   * Looks up rows of a table.
   * @param name name of the tensor without '.weight'
   * @param ids int64 of any shape
   * @returns float32 of (shape of the ids, width)
   */
  rows(name: string, ids: string): string {
    const tensor = this.take(`${name}.weight`);
    const height = tensor.shape[1] ?? 1;
    const as = `${name}.rows`;
    const stored = this.#constants.stored(tensor);
    if (stored === undefined) {
      const { format, integers: table, scales } = this.#constants.table(tensor);
      const bytes = blockBytes(tensor, format);
      this.#resident.add(table, bytes, bytes / height);
      return this.#graph.contrib('GatherBlockQuantized', as, [table, ids, scales], {
        bits: integer(format.bits),
        block_size: integer(format.blockElements),
        gather_axis: integer(0),
        quantize_axis: integer(1),
      });
    }
    // Not every accelerator has 16-bit numbers.
    if (tensor.type === 'f32' || !this.#options.forProcessor) {
      const table = this.#constants.float32(tensor);
      this.#resident.add(table, float32Bytes(tensor), float32Bytes(tensor) / height);
      return this.#graph.onnx('Gather', as, [table, ids], { axis: integer(0) });
    }
    this.#resident.add(stored, tensor.bytes, tensor.bytes / height);
    const rows = this.#graph.onnx('Gather', `${as}.${tensor.type}`, [stored, ids], { axis: integer(0) });
    return this.#graph.onnx('Cast', as, [rows], { to: integer(elementTypes.float32.id) });
  }

  /** How the weights will be stored in memory, undefined when that is as in the file, and their size. */
  stored(): { resident: ResidentWeights | undefined; bytes: number } {
    return { resident: this.#resident.resident(this.#tensors), bytes: this.#resident.bytes };
  }

  /** @throws UserError when the file has a tensor that the graph does not use: it is then another kind of model */
  assertAllUsed(): void {
    const left = this.#tensors.find(({ name }) => !this.#used.has(name));
    if (left !== undefined) throw unsupported(this.path, `the tensor ${left.name}`);
  }

  /** Without 8-bit activations the processor has no routine for 8-bit matrices and would dequantise them for every token. */
  #staysInBlocks({ type }: StoredTensor): boolean {
    const { forProcessor, accuracyLevel } = this.#options;
    const format = blockFormat(type);
    return format !== undefined && !(format.bits === 8 && forProcessor && accuracyLevel < eightBitActivations);
  }

  #product(tensor: StoredTensor, as: string, x: string): string {
    const matrix = this.#constants.float32(tensor);
    const bytes = float32Bytes(tensor);
    if (this.#options.forProcessor) {
      this.#resident.add(matrix, bytes, bytes, 'float32');
      return this.#graph.contrib('FusedMatMul', as, [x, matrix], { transB: integer(1) });
    }
    const transposed = this.#graph.onnx('Transpose', `${tensor.name}.transposed`, [matrix], { perm: integers(1, 0) });
    this.#resident.add(transposed, bytes, bytes, 'float32');
    return this.#graph.onnx('MatMul', as, [x, transposed]);
  }

  #blockProduct(tensor: StoredTensor, as: string, x: string): string {
    const [inputs = 0, outputs = 0] = tensor.shape;
    const { format, integers: blocks, scales } = this.#constants.blocks(tensor);
    const { bits, blockElements } = format;
    const bytes = blockBytes(tensor, format);
    this.#resident.add(blocks, bytes, bytes, `${bits}-bit integers, a float32 scale for each ${blockElements}`);
    return this.#graph.contrib('MatMulNBits', as, [x, blocks, scales], {
      K: integer(inputs),
      N: integer(outputs),
      bits: integer(bits),
      block_size: integer(blockElements),
      accuracy_level: integer(this.#options.accuracyLevel),
    });
  }

  #unsupported({ name, type }: GgufTensor): UserError {
    return usageError(
      `ONNX Runtime: no operator supports the format ${type} of ${name} in ${this.path} without loss`,
      `Choose a file in one of ${weightFormats.join(', ')}, for instance with --quantize q8_0.`,
    );
  }
}
