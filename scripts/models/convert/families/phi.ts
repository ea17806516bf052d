/** Phi 1 and 2: one norm a layer, a part of each head rotated, and a bias on the output. Phi 3 and 4: queries, keys and values in one matrix, and gate and up in another. */

import { UserError } from '../../../command-line/errors.ts';
import { flag, type GgufFields, integer, real } from '../../gguf/format.ts';
import type { Converter, NameTable } from '../converter.ts';
import { llamaNames } from '../converter.ts';
import { geluNames, ropeParameters, siluNames } from '../decoder.ts';
import type { ModelConfig } from '../model-config.ts';
import { computed, type PlannedTensor } from '../planned-tensor.ts';

const phi2Names: NameTable = [
  ['model.final_layernorm', 'output_norm'],
  ['model.layers.N.self_attn.dense', 'blk.N.attn_output'],
  ['model.layers.N.mlp.fc1', 'blk.N.ffn_up'],
  ['model.layers.N.mlp.fc2', 'blk.N.ffn_down'],
  ...llamaNames,
];

export const phi2Converter: Converter = {
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
  prefix: 'model.',
  unneeded: /rotary_emb\.inv_freq$/,
  names: () => phi2Names,
  tiedByDefault: false,
  fixed: () => ({ hidden_act: geluNames }),
  tokenizers: ['byte-level'],
  tokenizerFields: () => [['add_bos_token', flag(false)]],
};

const phi3Names: NameTable = [
  ['model.layers.N.self_attn.qkv_proj', 'blk.N.attn_qkv'],
  ['model.layers.N.mlp.gate_up_proj', 'blk.N.ffn_up'],
  ...llamaNames,
];

export const phi3Converter: Converter = {
  classes: ['Phi3ForCausalLM'],
  architecture: () => 'phi3',
  metadata: (config) => [
    ['context_length', integer(config.required('max_position_embeddings'))],
    ['rope.scaling.original_context_length', integer(originalContext(config))],
    ['embedding_length', integer(config.required('hidden_size'))],
    ['feed_forward_length', integer(config.required('intermediate_size'))],
    ['block_count', integer(config.required('num_hidden_layers'))],
    ['attention.head_count', integer(config.required('num_attention_heads'))],
    [
      'attention.head_count_kv',
      integer(config.number('num_key_value_heads') ?? config.required('num_attention_heads')),
    ],
    ['attention.layer_norm_rms_epsilon', real(config.required('rms_norm_eps'))],
    ['rope.dimension_count', integer(rotatedDimensions(config))],
    ['rope.freq_base', real(ropeParameters(config).base ?? 10_000)],
    // 0 if there is none: llama.cpp distinguishes Phi 4 from Phi 3 by it.
    ['attention.sliding_window', integer(config.number('sliding_window') ?? 0)],
    ...attentionFactor(config),
  ],
  prefix: 'model.',
  unneeded: /rotary_emb\.inv_freq$/,
  joined: (_, config) => longFactors(config),
  names: () => phi3Names,
  tiedByDefault: false,
  ropeTypes: ['longrope', 'su', 'yarn'],
  fixed: () => ({ hidden_act: siluNames, full_attn_mod: [1], interpolate_factor: [1] }),
  harmless: ['original_max_position_embeddings'],
  tokenizers: ['sentencepiece', 'byte-level', 'byte-fallback'],
};

function originalContext(config: ModelConfig): number {
  return (
    ropeParameters(config).values.number('original_max_position_embeddings') ??
    config.number('original_max_position_embeddings') ??
    config.required('max_position_embeddings')
  );
}

function rotatedDimensions(config: ModelConfig): number {
  const inRope = ropeParameters(config).values.number('partial_rotary_factor');
  const share = inRope ?? config.number('partial_rotary_factor') ?? 1;
  return Math.floor(Math.floor(share * config.required('hidden_size')) / config.required('num_attention_heads'));
}

/** transformers, modeling_rope_utils.py: the attention factor of a stretched context. */
function attentionFactor(config: ModelConfig): GgufFields {
  const { values, type } = ropeParameters(config);
  if (values.numbers('long_factor') === undefined) return [];
  const original = originalContext(config);
  const scale = config.required('max_position_embeddings') / original;
  const stretched = type === 'yarn' ? 0.1 * Math.log(scale) + 1 : Math.sqrt(1 + Math.log(scale) / Math.log(original));
  return [['rope.scaling.attn_factor', real(scale > 1 ? stretched : 1)]];
}

function longFactors(config: ModelConfig): PlannedTensor[] {
  const { type, values } = ropeParameters(config);
  const long = values.numbers('long_factor');
  const short = values.numbers('short_factor');
  if (long === undefined && type === 'default') return [];
  const count = rotatedDimensions(config) / 2;
  if (short === undefined || long === undefined || long.length !== count || short.length !== count) {
    throw new UserError(`config.json has no ${count} long_factor and short_factor of LongRoPE`, {
      remedy: 'Fetch it again.',
    });
  }
  return [
    computed('rope_factors_long.weight', Float32Array.from(long)),
    computed('rope_factors_short.weight', Float32Array.from(short)),
  ];
}
