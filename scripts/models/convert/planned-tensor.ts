/**
 * A tensor of the new file as pieces of tensors of the source: rows in their order, regrouped, of several sources one after
 * the other, or transposed. Nothing is read here, so that a plan costs no memory and the weights can be streamed.
 */

import { missingError } from '../../command-line/errors.ts';
import { elementCount } from '../gguf/ggml-types.ts';
import type { ModelConfig } from './model-config.ts';
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
function stacked(name: string, sources: readonly SourceTensor[]): PlannedTensor {
  return {
    name,
    shape: [...(sources[0]?.shape ?? [])].reverse().concat(sources.length),
    content: { rows: sources.map((source) => ({ source, firstRow: 0, rows: rowCount(source) })) },
  };
}

export function computed(name: string, numbers: Float32Array): PlannedTensor {
  return { name, shape: [numbers.length], content: { numbers }, fullPrecision: true };
}

const parts: Readonly<Record<string, string>> = {
  ...{ w1: 'ffn_gate_exps', w2: 'ffn_down_exps', w3: 'ffn_up_exps' },
  ...{ gate_proj: 'ffn_gate_exps', down_proj: 'ffn_down_exps', up_proj: 'ffn_up_exps' },
};

const single = /^(?:model\.)?layers\.(\d+)\.(?:mlp|block_sparse_moe)\.experts\.(\d+)\.(\w+)\.weight$/;
const joint = /^(?:model\.)?layers\.(\d+)\.(?:mlp|block_sparse_moe)\.experts\.(gate_up_proj|down_proj)(?:\.weight)?$/;

export function isExpert({ name }: SourceTensor): boolean {
  return single.test(name) || joint.test(name);
}

/** @throws UserError when a layer lacks experts that config.json counts */
export function expertStacks(sources: ReadonlyMap<string, SourceTensor>, config: ModelConfig): PlannedTensor[] {
  const stacks = new Map<string, SourceTensor[]>();
  const planned: PlannedTensor[] = [];
  for (const source of sources.values()) {
    const [, layer, expert, part = ''] = single.exec(source.name) ?? [];
    const name = parts[part];
    if (layer !== undefined && name !== undefined) {
      const key = `blk.${layer}.${name}.weight`;
      const stack = stacks.get(key) ?? [];
      stack[Number(expert)] = source;
      stacks.set(key, stack);
    }
    planned.push(...jointStacks(source));
  }
  const count = config.number('num_local_experts', 'num_experts') ?? 0;
  for (const [name, stack] of stacks) planned.push(stacked(name, requireWhole(name, stack, count)));
  return planned;
}

/** Files of weights that are missing leave holes. */
function requireWhole(name: string, stack: readonly (SourceTensor | undefined)[], count: number): SourceTensor[] {
  const there = stack.filter((source) => source !== undefined);
  if (there.length === count) return there;
  throw missingError(
    `the weights have ${there.length} of ${count} experts for ${name}`,
    'Files of weights are missing: fetch the rest of the model.',
  );
}

/** transformers 5: [experts, 2 × width, embedding] with gate before up, and [experts, embedding, width]. */
function jointStacks(source: SourceTensor): PlannedTensor[] {
  const [, layer, part] = joint.exec(source.name) ?? [];
  if (layer === undefined) return [];
  if (part === 'down_proj') return [whole(`blk.${layer}.ffn_down_exps.weight`, source)];
  const [experts = 0, both = 0, embedding = 0] = source.shape;
  const width = both / 2;
  // Its experts' matrices one below the other.
  const matrix = { ...source, shape: [experts * both, embedding] };
  const half = (name: string, first: number): PlannedTensor => ({
    ...gathered(
      `blk.${layer}.${name}.weight`,
      matrix,
      Array.from({ length: experts }, (_, expert) => [expert * both + first, width]),
    ),
    shape: [embedding, width, experts],
  });
  return [half('ffn_gate_exps', 0), half('ffn_up_exps', width)];
}
