/**
 * Tensors of a GGUF file as a folder of transformers has them: under their names there, and with rows and columns in its order.
 * Which row goes where is what the converter of the family plans for the other direction, read backwards.
 */
import { UserError } from '../../command-line/errors.ts';
import { type Converter, sourceName } from '../convert/converter.ts';
import type { ModelConfig } from '../convert/model-config.ts';
import { type PlannedTensor, type RowPiece, rowElements, whole } from '../convert/planned-tensor.ts';
import type { SourceTensor } from '../convert/safetensors.ts';
import type { StoredTensor } from '../gguf/format.ts';
import { elementCount } from '../gguf/ggml-types.ts';
import { decodedWeights, isDecodable, WeightFiles } from '../quantization/weight-conversion.ts';

export interface ExportedTensor {
  stored: StoredTensor;
  /** Name and shape in the folder; no file has it yet. */
  source: SourceTensor;
  /** How the converter makes the stored tensor of the source. */
  planned: PlannedTensor;
}

/** @throws UserError when the folder has no place for the tensor, or its format is not decoded */
export function exportedTensor(stored: StoredTensor, converter: Converter, config: ModelConfig): ExportedTensor {
  const name = sourceName(converter.names(config), stored.name);
  if (name === undefined) {
    throw new UserError(`transformers has no tensor for ${stored.name} in a ${converter.architecture(config)}`, {
      remedy: 'The file is a variant that is not exported.',
    });
  }
  if (!isDecodable(stored.type)) {
    throw new UserError(`${stored.name} is stored as ${stored.type}, which is not decoded here`, {
      remedy: 'Export a file in another format: f16, q8_0, q4_k_m, ...',
    });
  }
  const plan = (shape: readonly number[]) => {
    const source = { path: stored.path, name, dtype: 'F32', shape, offset: 0, bytes: elementCount(shape) * 4 };
    return { stored, source, planned: converter.tensor?.(stored.name, source, config) ?? whole(stored.name, source) };
  };
  const upright = plan([...stored.shape].reverse());
  return 'transposed' in upright.planned.content ? plan(stored.shape) : upright;
}

/** Numbers in one step; a piece whose rows change places is read as a whole. */
const stepElements = 1 << 20;

/** The numbers of a tensor in the order of the folder, in pieces. */
export async function* exportedWeights(
  { stored, planned, source }: ExportedTensor,
  files: WeightFiles,
): AsyncIterable<Float32Array> {
  const { content, map } = planned;
  if (map !== undefined || 'numbers' in content) throw new RangeError(`${stored.name} cannot be read backwards`);
  if ('transposed' in content) {
    yield transposed(await readRows(stored, 0, storedRows(stored), files), storedRows(stored));
    return;
  }
  const width = rowElements(source);
  const stepRows = Math.max(1, Math.floor(stepElements / width));
  for (const { piece, firstStored } of inOrderOfSource(content.rows)) {
    if (piece.order !== undefined) {
      yield inOrderOf(await readRows(stored, firstStored, piece.rows, files), width, piece.order);
      continue;
    }
    for (let done = 0; done < piece.rows; done += stepRows) {
      yield await readRows(stored, firstStored + done, Math.min(stepRows, piece.rows - done), files);
    }
  }
}

/** The converter puts the pieces one after the other; each comes from its own rows of the source. */
function inOrderOfSource(pieces: readonly RowPiece[]) {
  let firstStored = 0;
  const placed = pieces.map((piece) => {
    const at = { piece, firstStored };
    firstStored += piece.rows;
    return at;
  });
  return placed.sort((a, b) => a.piece.firstRow - b.piece.firstRow);
}

function storedRows({ shape }: StoredTensor): number {
  return shape.length === 1 ? elementCount(shape) : elementCount(shape.slice(1));
}

async function readRows(
  stored: StoredTensor,
  firstRow: number,
  rows: number,
  files: WeightFiles,
): Promise<Float32Array> {
  const rowBytes = stored.bytes / storedRows(stored);
  const bytes = new Uint8Array(rows * rowBytes);
  await files.read(stored, stored.offset + firstRow * rowBytes, bytes);
  return decodedWeights(bytes, stored.type);
}

/** @param order the row of the source at each place of the file */
function inOrderOf(weights: Float32Array, width: number, order: readonly number[]): Float32Array {
  const sorted = new Float32Array(weights.length);
  order.forEach((row, place) => {
    sorted.set(weights.subarray(place * width, (place + 1) * width), row * width);
  });
  return sorted;
}

function transposed(weights: Float32Array, rows: number): Float32Array {
  const width = weights.length / rows;
  const turned = new Float32Array(weights.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) turned[column * rows + row] = weights[row * width + column] ?? 0;
  }
  return turned;
}

/** All numbers of a small tensor. */
export async function storedNumbers(stored: StoredTensor): Promise<Float32Array> {
  await using files = new WeightFiles();
  return await readRows(stored, 0, storedRows(stored), files);
}
