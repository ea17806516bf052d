/** Phi 1 and 2: one norm a layer, a part of each head rotated, and a bias on the output. */

import { llamaNames, type NameTable } from '../convert/decoder.ts';
import { ropeParameters } from '../convert/model-config.ts';
import { flag, integer, real } from '../gguf/format.ts';
import { type ArchitectureGroup, type Converter, type Family, geluNames, headsOf, plain } from './architecture.ts';

const names: NameTable = [
  ['model.final_layernorm', 'output_norm'],
  ['model.layers.N.self_attn.dense', 'blk.N.attn_output'],
  ['model.layers.N.mlp.fc1', 'blk.N.ffn_up'],
  ['model.layers.N.mlp.fc2', 'blk.N.ffn_down'],
  ...llamaNames,
];

const converter: Converter = {
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
  names: () => names,
  tiedByDefault: false,
  ropeTypes: [],
  fixed: () => ({ hidden_act: geluNames }),
  tokenizers: ['byte-level'],
  tokenizerFields: () => [['add_bos_token', flag(false)]],
};

/** 2023. */
const phi2Family: Family = {
  name: 'phi2',
  title: 'Phi-2',
  kind: 'Phi',
  architecture: 'phi2',
  traits: 'attention and plain feed-forward part beside each other, two fifths of a head rotated, biases everywhere',
  vocabulary: 51_200,
  widthPerLayer: 80,
  shapeOf: ({ width, layers, vocabulary }) => {
    const heads = headsOf(width);
    return {
      ...{ layers, embedding: width, feedForward: 4 * width, ...heads, vocabulary },
      ...{ contextLength: 2048, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
      rotaryDimension: 8 * Math.floor(heads.headDimension / 20),
    };
  },
};

export const phi2 = {
  architectures: {
    phi2: { ...plain, feedForward: 'plain', norms: 'layer', biases: true, outputBias: true, sharedNorm: true },
  },
  families: [phi2Family],
  converter,
} satisfies ArchitectureGroup;
