/**
 * A tensor of the new file as pieces of tensors of the source: rows in their order, regrouped, of several sources one after
 * the other, or transposed. Nothing is read here, so that a plan costs no memory and the weights can be streamed.
 */
import { elementCount } from '../gguf/ggml-types.ts';
import type { SourceTensor } from './safetensors.ts';

/** Consecutive rows of a source. A row is everything below the first dimension; a vector has rows of one number. */
export interface RowPiece {
  source: SourceTensor;
  firstRow: number;
  rows: number;
  /** Which of these rows comes at each place; absent: as they stand. */
  order?: readonly number[];
}

export interface PlannedTensor {
  name: string;
  /** As GGUF lists it: row width first. */
  shape: readonly number[];
  content: { rows: readonly RowPiece[] } | { transposed: SourceTensor } | { numbers: Float32Array };
  /** Applied to each number, in single precision. */
  map?: (value: number) => number;
  /** Stays f32, whatever the format of the file. */
  fullPrecision?: boolean;
}

export function rowElements({ shape }: SourceTensor): number {
  return elementCount(shape.slice(1));
}

export function rowCount({ shape }: SourceTensor): number {
  return shape[0] ?? 1;
}

/** The tensor as it is, under its new name. */
export function whole(name: string, source: SourceTensor, changes: Partial<PlannedTensor> = {}): PlannedTensor {
  return {
    name,
    shape: [...source.shape].reverse(),
    content: { rows: [{ source, firstRow: 0, rows: rowCount(source) }] },
    ...changes,
  };
}

/** Rows of the source in groups of one size, each in an order of its own. */
export function regrouped(
  name: string,
  source: SourceTensor,
  groupRows: number,
  order: readonly number[],
): PlannedTensor {
  const groups = Math.floor(rowCount(source) / groupRows);
  return whole(name, source, {
    content: {
      rows: Array.from({ length: groups }, (_, group) => ({
        source,
        firstRow: group * groupRows,
        rows: groupRows,
        order,
      })),
    },
  });
}

/** Row ranges of the source, one after the other. */
export function gathered(
  name: string,
  source: SourceTensor,
  ranges: ReadonlyArray<[firstRow: number, rows: number]>,
): PlannedTensor {
  const total = ranges.reduce((sum, [, rows]) => sum + rows, 0);
  return whole(name, source, {
    shape: [...source.shape.slice(1).reverse(), total],
    content: { rows: ranges.map(([firstRow, rows]) => ({ source, firstRow, rows })) },
  });
}

/** Matrices of one shape, stacked: experts. */
export function stacked(name: string, sources: readonly SourceTensor[]): PlannedTensor {
  return {
    name,
    shape: [...(sources[0]?.shape ?? [])].reverse().concat(sources.length),
    content: { rows: sources.map((source) => ({ source, firstRow: 0, rows: rowCount(source) })) },
  };
}

export function computed(name: string, numbers: Float32Array): PlannedTensor {
  return { name, shape: [numbers.length], content: { numbers }, fullPrecision: true };
}
