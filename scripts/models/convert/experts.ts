/** Experts: one matrix each in the source, or all in one, and one stack of them for each part in the new file. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { ModelConfig } from './model-config.ts';
import { gathered, type PlannedTensor, stacked, whole } from './planned-tensor.ts';
import type { SourceTensor } from './safetensors.ts';

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
  throw new UserError(`the weights have ${there.length} of ${count} experts for ${name}`, {
    exitCode: exitCodes.missing,
    remedy: 'Files of weights are missing: fetch the rest of the model.',
  });
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
