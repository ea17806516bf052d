/** Falcon, 7B and 40B style: groups of queries, each with its key and value, are gathered. */

import type { NameTable } from '../convert/decoder.ts';
import { type ModelConfig, ropeParameters } from '../convert/model-config.ts';
import { gathered, whole } from '../convert/planned-tensor.ts';
import { integer, real, text } from '../gguf/format.ts';
import { type ArchitectureGroup, type Converter, type Family, geluNames, headsOf, plain } from './architecture.ts';

const names: NameTable = [
  ['transformer.word_embeddings', 'token_embd'],
  ['transformer.ln_f', 'output_norm'],
  ['lm_head', 'output'],
  ['transformer.h.N.input_layernorm', 'blk.N.attn_norm'],
  // With two norms, that of the feed-forward part is the one that llama.cpp expects in both styles.
  ['transformer.h.N.ln_mlp', 'blk.N.attn_norm'],
  ['transformer.h.N.ln_attn', 'blk.N.attn_norm_2'],
  ['transformer.h.N.self_attention.query_key_value', 'blk.N.attn_qkv'],
  ['transformer.h.N.self_attention.dense', 'blk.N.attn_output'],
  ['transformer.h.N.mlp.dense_h_to_4h', 'blk.N.ffn_up'],
  ['transformer.h.N.mlp.dense_4h_to_h', 'blk.N.ffn_down'],
];

/** Not in config.json, and 2048 in every model that was trained. */
const trainedContext = 2048;

const converter: Converter = {
  classes: ['FalconForCausalLM', 'RWForCausalLM', 'FalconModel'],
  architecture: () => 'falcon',
  metadata: (config) => [
    ['context_length', integer(trainedContext)],
    ['tensor_data_layout', text('jploski')],
    ['embedding_length', integer(config.required('hidden_size'))],
    ['feed_forward_length', integer(config.number('ffn_hidden_size') ?? 4 * config.required('hidden_size'))],
    ['block_count', integer(config.required('num_hidden_layers', 'n_layer'))],
    ['attention.head_count', integer(queryHeads(config))],
    ['attention.head_count_kv', integer(keyHeads(config))],
    ['rope.freq_base', real(ropeParameters(config).base ?? 10_000)],
    ['attention.layer_norm_epsilon', real(config.required('layer_norm_epsilon'))],
  ],
  prefix: 'transformer.',
  tensor(name, source, config) {
    if (!name.includes('.attn_qkv.')) return whole(name, source);
    const groups = keyHeads(config);
    const queries = queryHeads(config) / groups;
    const width = config.required('hidden_size') / queryHeads(config);
    const part = (first: number, heads: number) =>
      Array.from({ length: groups }, (_, group): [number, number] => [
        (group * (queries + 2) + first) * width,
        heads * width,
      ]);
    return gathered(name, source, [...part(0, queries), ...part(queries, 1), ...part(queries + 1, 1)]);
  },
  names: () => names,
  shape: (config) => ({ separateNorms: hasSeparateNorms(config) }),
  tiedByDefault: true,
  ropeTypes: [],
  fixed: () => ({
    ...{ activation: geluNames, alibi: [false], bias: [false], parallel_attn: [true], rotary: [true] },
    apply_residual_connection_post_layernorm: [false],
  }),
  harmless: ['max_position_embeddings', 'ffn_hidden_size', 'num_kv_heads', 'n_head_kv', 'multi_query'],
  tokenizers: ['byte-level'],
};

/** transformers, FalconConfig: the new architecture (40B) has two norms a layer unless it says that it has one (11B). */
function hasSeparateNorms(config: ModelConfig): boolean {
  const isNew = config.flag('new_decoder_architecture') === true;
  return (config.number('num_ln_in_parallel_attn') ?? 2) === 2 && isNew;
}

function queryHeads(config: ModelConfig): number {
  return config.required('num_attention_heads', 'n_head');
}

/** One for all queries, unless the architecture is the new one (40B) or says that it has as many as queries. */
function keyHeads(config: ModelConfig): number {
  if (config.flag('new_decoder_architecture') !== true && config.flag('multi_query') === false)
    return queryHeads(config);
  if (config.flag('new_decoder_architecture') !== true && config.flag('multi_query') === true) return 1;
  return config.number('num_kv_heads', 'n_head_kv') ?? 1;
}

/** Almazrouei and others 2023. */
const falconFamily: Family = {
  name: 'falcon',
  title: 'Falcon',
  kind: 'Falcon',
  architecture: 'falcon',
  traits: 'one head of keys and values for all, attention and plain feed-forward part beside each other under one norm',
  vocabulary: 65_024,
  widthPerLayer: 142,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: 4 * width, ...headsOf(width), keyValueHeads: 1, vocabulary },
    ...{ contextLength: 2048, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
  }),
};

export const falcon = {
  architectures: { falcon: { ...plain, fusedAttention: true, feedForward: 'plain', norms: 'layer', sharedNorm: true } },
  families: [falconFamily],
  converter,
} satisfies ArchitectureGroup;
