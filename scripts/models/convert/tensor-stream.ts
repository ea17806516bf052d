/** Streams a planned tensor: reads its pieces, decodes them, puts rows in order and encodes them. Memory stays small. */
import { basename } from 'node:path';
import { usageError } from '../../command-line/errors.ts';
import { decodedWeights, type WeightFiles } from '../quantization/weight-conversion.ts';
import { type EncodedType, encodedPieces } from '../quantization/weight-encoding.ts';
import { type PlannedTensor, type RowPiece, rowCount, rowElements } from './planned-tensor.ts';
import type { SourceTensor } from './safetensors.ts';

/** Numbers in one step; a piece whose rows change places is read as a whole. */
const stepElements = 1 << 20;

/** Names of formats in safetensors files, and ours. */
export const sourceTypes = { F32: 'f32', F16: 'f16', BF16: 'bf16' } as const;

/** @throws UserError when weights are stored in a way that is not read */
export function requireReadable({ name, dtype, path }: SourceTensor): void {
  if (Object.hasOwn(sourceTypes, dtype)) return;
  throw usageError(
    `${name} in ${basename(path)} is stored as ${dtype}, and F32, F16 and BF16 are read`,
    'Take a version of the model that is not quantised, or --tool llama.cpp.',
  );
}

/**
 * @returns the bytes of the tensor in `type`, in pieces; each may be overwritten when the next one is asked for
 * @throws UserError after the last one, when the format does not hold its numbers
 */
export function tensorBytesOf(tensor: PlannedTensor, type: EncodedType, files: WeightFiles): AsyncIterable<Uint8Array> {
  return encodedPieces(tensor.name, type, weightsOf(tensor, files));
}

async function* weightsOf({ content, map }: PlannedTensor, files: WeightFiles): AsyncIterable<Float32Array> {
  for await (const weights of storedWeights(content, files)) {
    if (map !== undefined) for (let i = 0; i < weights.length; i++) weights[i] = map(weights[i] ?? 0);
    yield weights;
  }
}

async function* storedWeights(content: PlannedTensor['content'], files: WeightFiles): AsyncIterable<Float32Array> {
  if ('numbers' in content) yield Float32Array.from(content.numbers);
  else if ('transposed' in content) yield await transposed(content.transposed, files);
  else for (const piece of content.rows) yield* pieceWeights(piece, files);
}

async function* pieceWeights(piece: RowPiece, files: WeightFiles): AsyncIterable<Float32Array> {
  const { source, firstRow, rows, order } = piece;
  const width = rowElements(source);
  if (order !== undefined) {
    yield inOrder(await readRows(source, firstRow, rows, files), width, order);
    return;
  }
  // Whole rows, and of vectors whole blocks of every format.
  const stepRows = Math.max(1, Math.floor(stepElements / width));
  for (let done = 0; done < rows; done += stepRows) {
    yield await readRows(source, firstRow + done, Math.min(stepRows, rows - done), files);
  }
}

async function readRows(
  source: SourceTensor,
  firstRow: number,
  rows: number,
  files: WeightFiles,
): Promise<Float32Array> {
  const elementBytes = source.bytes / Math.max(1, rowCount(source) * rowElements(source));
  const rowBytes = rowElements(source) * elementBytes;
  const bytes = new Uint8Array(rows * rowBytes);
  await files.read(source, source.offset + firstRow * rowBytes, bytes);
  const { dtype } = source;
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') throw new RangeError(`${dtype} is not read`);
  return decodedWeights(bytes, sourceTypes[dtype]);
}

function inOrder(weights: Float32Array, width: number, order: readonly number[]): Float32Array {
  const sorted = new Float32Array(weights.length);
  order.forEach((row, place) => {
    sorted.set(weights.subarray(row * width, (row + 1) * width), place * width);
  });
  return sorted;
}

async function transposed(source: SourceTensor, files: WeightFiles): Promise<Float32Array> {
  const rows = rowCount(source);
  const width = rowElements(source);
  const weights = await readRows(source, 0, rows, files);
  const turned = new Float32Array(weights.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) turned[column * rows + row] = weights[row * width + column] ?? 0;
  }
  return turned;
}
