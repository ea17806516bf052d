/** GPT-NeoX (Pythia): queries, keys and values of each head lie together, and are gathered. */

import type { NameTable } from '../convert/decoder.ts';
import { type ModelConfig, ropeParameters } from '../convert/model-config.ts';
import { gathered, whole } from '../convert/planned-tensor.ts';
import { flag, integer, real } from '../gguf/format.ts';
import { type ArchitectureGroup, type Converter, type Family, geluNames, headsOf, plain } from './architecture.ts';

const names: NameTable = [
  ['gpt_neox.embed_in', 'token_embd'],
  ['gpt_neox.final_layer_norm', 'output_norm'],
  ['embed_out', 'output'],
  ['lm_head', 'output'],
  ['gpt_neox.layers.N.input_layernorm', 'blk.N.attn_norm'],
  ['gpt_neox.layers.N.attention.query_key_value', 'blk.N.attn_qkv'],
  ['gpt_neox.layers.N.attention.dense', 'blk.N.attn_output'],
  ['gpt_neox.layers.N.post_attention_layernorm', 'blk.N.ffn_norm'],
  ['gpt_neox.layers.N.mlp.dense_h_to_4h', 'blk.N.ffn_up'],
  ['gpt_neox.layers.N.mlp.dense_4h_to_h', 'blk.N.ffn_down'],
];

const converter: Converter = {
  classes: ['GPTNeoXForCausalLM', 'GPTNeoXModel'],
  architecture: () => 'gptneox',
  metadata: (config) => [
    ['context_length', integer(config.required('max_position_embeddings'))],
    ['embedding_length', integer(config.required('hidden_size'))],
    ['block_count', integer(config.required('num_hidden_layers'))],
    ['feed_forward_length', integer(config.required('intermediate_size'))],
    ['rope.dimension_count', integer(Math.floor(rotatedShare(config) * headWidth(config)))],
    ['rope.freq_base', real(ropeParameters(config).base ?? 10_000)],
    ['attention.head_count', integer(config.required('num_attention_heads'))],
    ['use_parallel_residual', flag(config.flag('use_parallel_residual') ?? true)],
    ['attention.layer_norm_epsilon', real(config.required('layer_norm_eps'))],
  ],
  prefix: 'gpt_neox.',
  // Masks and frequencies, which old files contain.
  unneeded: /\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
  tensor(name, source, config) {
    if (!name.includes('.attn_qkv.')) return whole(name, source);
    const width = headWidth(config);
    const heads = config.required('num_attention_heads');
    const ranges = [0, 1, 2].flatMap((part) =>
      Array.from({ length: heads }, (_, head): [number, number] => [(head * 3 + part) * width, width]),
    );
    return gathered(name, source, ranges);
  },
  names: () => names,
  tiedByDefault: false,
  ropeTypes: [],
  fixed: () => ({ hidden_act: geluNames, attention_bias: [true] }),
  tokenizers: ['byte-level'],
};

function headWidth(config: ModelConfig): number {
  return config.required('hidden_size') / config.required('num_attention_heads');
}

function rotatedShare(config: ModelConfig): number {
  const [share, olderShare] = [
    ropeParameters(config).values.number('partial_rotary_factor'),
    config.number('rotary_pct', 'partial_rotary_factor'),
  ];
  return share ?? olderShare ?? 0.25;
}

/** Black and others 2022; Pythia (Biderman and others 2023) is built alike. */
const gptneoxFamily: Family = {
  name: 'gptneox',
  title: 'GPT-NeoX',
  kind: 'GPT-NeoX',
  architecture: 'gptneox',
  traits: 'attention and plain feed-forward part beside each other, a quarter of a head rotated, biases everywhere',
  vocabulary: 50_304,
  widthPerLayer: 80,
  shapeOf: ({ width, layers, vocabulary }) => {
    const heads = headsOf(width);
    return {
      ...{ layers, embedding: width, feedForward: 4 * width, ...heads, vocabulary },
      ...{ contextLength: 2048, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
      ...{ rotaryDimension: heads.headDimension / 4, parallelResidual: true },
    };
  },
};

export const gptneox = {
  architectures: { gptneox: { ...plain, fusedAttention: true, feedForward: 'plain', norms: 'layer', biases: true } },
  families: [gptneoxFamily],
  converter,
} satisfies ArchitectureGroup;
