/** Qwen 2 and 3, dense and with experts. */
import { decoderFields, optional } from '../decoder-fields.ts';
import { expertStacks } from '../experts.ts';
import { type ConverterFamily, integer } from '../family.ts';
import { whole } from '../planned-tensor.ts';
import { ggufName, llamaNames, type NameTable } from '../tensor-names.ts';

const names: NameTable = [
  ...llamaNames,
  ['model.layers.N.mlp.gate', 'blk.N.ffn_gate_inp'],
  ['model.layers.N.mlp.shared_expert_gate', 'blk.N.ffn_gate_inp_shexp'],
  ['model.layers.N.mlp.shared_expert.gate_proj', 'blk.N.ffn_gate_shexp'],
  ['model.layers.N.mlp.shared_expert.up_proj', 'blk.N.ffn_up_shexp'],
  ['model.layers.N.mlp.shared_expert.down_proj', 'blk.N.ffn_down_shexp'],
];

const architectures: Readonly<Record<string, string>> = {
  Qwen2ForCausalLM: 'qwen2',
  Qwen2Model: 'qwen2',
  Qwen2MoeForCausalLM: 'qwen2moe',
  Qwen3ForCausalLM: 'qwen3',
  Qwen3Model: 'qwen3',
  Qwen3MoeForCausalLM: 'qwen3moe',
};

export const qwenFamily: ConverterFamily = {
  classes: Object.keys(architectures),
  architecture: (config) => architectures[config.texts('architectures')?.[0] ?? ''] ?? 'qwen2',
  metadata: (config) => [
    ...decoderFields(config),
    ...optional(config.number('moe_intermediate_size'), (width) => [['expert_feed_forward_length', integer(width)]]),
    ...optional(config.number('shared_expert_intermediate_size'), (width) => [
      ['expert_shared_feed_forward_length', integer(width)],
    ]),
  ],
  tensor(source) {
    if (source.name.endsWith('rotary_emb.inv_freq')) return [];
    const name = ggufName(names, source.name, 'model.');
    if (name === undefined) return undefined;
    // A gate of one number: llama.cpp wants it as a matrix of one row.
    return [whole(name, source)];
  },
  joined: (sources) => expertStacks(sources),
  tokenizers: ['byte-level', 'sentencepiece'],
};
