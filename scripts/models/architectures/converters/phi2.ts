/** Phi 1 and 2: one norm a layer, a part of each head rotated, and a bias on the output. */

import { ggufName, llamaNames, type NameTable } from '../../convert/decoder.ts';
import { type ConverterFamily, geluNames } from '../../convert/family.ts';
import { ropeParameters } from '../../convert/model-config.ts';
import { whole } from '../../convert/planned-tensor.ts';
import { flag, integer, real } from '../../gguf/format.ts';

const names: NameTable = [
  ['model.final_layernorm', 'output_norm'],
  ['model.layers.N.self_attn.dense', 'blk.N.attn_output'],
  ['model.layers.N.mlp.fc1', 'blk.N.ffn_up'],
  ['model.layers.N.mlp.fc2', 'blk.N.ffn_down'],
  ...llamaNames,
];

export const phi2Family: ConverterFamily = {
  classes: ['PhiForCausalLM'],
  architecture: () => 'phi2',
  metadata: (config) => {
    const width = config.required('hidden_size', 'n_embd');
    const heads = config.required('num_attention_heads', 'n_head');
    const { values } = ropeParameters(config);
    const share = values.number('partial_rotary_factor') ?? config.required('partial_rotary_factor');
    return [
      ['context_length', integer(config.required('n_positions', 'max_position_embeddings'))],
      ['embedding_length', integer(width)],
      ['feed_forward_length', integer(config.number('intermediate_size') ?? 4 * width)],
      ['block_count', integer(config.required('num_hidden_layers', 'n_layer'))],
      ['attention.head_count', integer(heads)],
      ['attention.head_count_kv', integer(config.number('num_key_value_heads') ?? heads)],
      ['attention.layer_norm_epsilon', real(config.required('layer_norm_epsilon', 'layer_norm_eps'))],
      ['rope.dimension_count', integer(Math.floor(Math.floor(share * width) / heads))],
      ['rope.freq_base', real(ropeParameters(config).base ?? 10_000)],
    ];
  },
  tensor(source) {
    if (source.name.endsWith('rotary_emb.inv_freq')) return [];
    const name = ggufName(names, source.name, 'model.');
    return name === undefined ? undefined : [whole(name, source)];
  },
  names: () => names,
  tiedByDefault: false,
  ropeTypes: [],
  fixed: () => ({ hidden_act: geluNames }),
  tokenizers: ['byte-level'],
  tokenizerFields: () => [['add_bos_token', flag(false)]],
};
