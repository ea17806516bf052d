/** GPT-NeoX (Pythia) and Falcon: queries, keys and values are stored together, by heads or by groups of heads, and are gathered. */
import { flag, integer, real, text } from '../../gguf/format.ts';
import type { Converter, NameTable } from '../converter.ts';
import { geluNames, ropeParameters } from '../decoder.ts';
import type { ModelConfig } from '../model-config.ts';
import { gathered, type PlannedTensor, whole } from '../planned-tensor.ts';
import type { SourceTensor } from '../safetensors.ts';

const gptneoxNames: NameTable = [
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

export const gptneoxConverter: Converter = {
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
  tensor: (name, source, config) =>
    partsGathered(name, source, config.required('num_attention_heads'), 1, headWidth(config)),
  names: () => gptneoxNames,
  tiedByDefault: false,
  fixed: () => ({ hidden_act: geluNames, attention_bias: [true] }),
  tokenizers: ['byte-level'],
};

function headWidth(config: ModelConfig): number {
  return config.required('hidden_size') / config.required('num_attention_heads');
}

function rotatedShare(config: ModelConfig): number {
  const share = ropeParameters(config).values.number('partial_rotary_factor');
  // Both are read, so that neither counts as a key that nobody understands.
  const olderShare = config.number('rotary_pct', 'partial_rotary_factor');
  return share ?? olderShare ?? 0.25;
}

/**
 * @param groups each has the rows of its queries, of one key and of one value
 * @param width rows of a head
 */
function partsGathered(
  name: string,
  source: SourceTensor,
  groups: number,
  queries: number,
  width: number,
): PlannedTensor {
  if (!name.includes('.attn_qkv.')) return whole(name, source);
  const part = (first: number, heads: number) =>
    Array.from({ length: groups }, (_, group): [number, number] => [
      (group * (queries + 2) + first) * width,
      heads * width,
    ]);
  return gathered(name, source, [...part(0, queries), ...part(queries, 1), ...part(queries + 1, 1)]);
}

const falconNames: NameTable = [
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

export const falconConverter: Converter = {
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
    const [heads, groups] = [queryHeads(config), keyHeads(config)];
    return partsGathered(name, source, groups, heads / groups, config.required('hidden_size') / heads);
  },
  names: () => falconNames,
  shape: (config) => ({ separateNorms: hasSeparateNorms(config) }),
  tiedByDefault: true,
  fixed: () => ({
    activation: geluNames,
    alibi: [false],
    bias: [false],
    parallel_attn: [true],
    rotary: [true],
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

/** One head for all queries, except in the new architecture (40B) or if config.json says that each query has its own. */
function keyHeads(config: ModelConfig): number {
  const multiQuery = config.flag('multi_query');
  if (config.flag('new_decoder_architecture') !== true && multiQuery !== undefined) {
    return multiQuery ? 1 : queryHeads(config);
  }
  return config.number('num_kv_heads', 'n_head_kv') ?? 1;
}
