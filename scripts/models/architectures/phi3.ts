/** Phi 3 and 4: queries, keys and values in one matrix, and gate and up in another. */

import { UserError } from '../../command-line/errors.ts';
import { llamaNames, type NameTable } from '../convert/decoder.ts';
import { type ModelConfig, ropeParameters } from '../convert/model-config.ts';
import { computed, type PlannedTensor } from '../convert/planned-tensor.ts';
import { type GgufFields, integer, real } from '../gguf/format.ts';
import {
  type ArchitectureGroup,
  type Converter,
  type Family,
  headsOf,
  plain,
  siluNames,
  wholeBlocks,
} from './architecture.ts';

const names: NameTable = [
  ['model.layers.N.self_attn.qkv_proj', 'blk.N.attn_qkv'],
  ['model.layers.N.mlp.gate_up_proj', 'blk.N.ffn_up'],
  ...llamaNames,
];

const converter: Converter = {
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
    // 0 where there is none: so llama.cpp tells Phi 4 from Phi 3.
    ['attention.sliding_window', integer(config.number('sliding_window') ?? 0)],
    ...attentionFactor(config),
  ],
  prefix: 'model.',
  unneeded: /rotary_emb\.inv_freq$/,
  joined: (_, config) => longFactors(config),
  names: () => names,
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

/** 2024; Phi-3.5 and Phi-4-mini are built alike. */
const phi3Family: Family = {
  name: 'phi3',
  title: 'Phi-3',
  kind: 'Phi',
  architecture: 'phi3',
  traits: 'as Llama, with queries, keys and values in one matrix, gate and up in another',
  vocabulary: 32_064,
  widthPerLayer: 96,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks((8 / 3) * width), ...headsOf(width), vocabulary },
    ...{ contextLength: 4096, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
  }),
};

export const phi3 = {
  architectures: { phi3: { ...plain, fusedAttention: true, feedForward: 'fused' } },
  families: [phi3Family],
  converter,
} satisfies ArchitectureGroup;
