/** GPT-NeoX (Pythia): queries, keys and values of each head lie together, and are gathered. */

import { ggufName, type NameTable } from '../../convert/decoder.ts';
import { type ConverterFamily, geluNames } from '../../convert/family.ts';
import { type ModelConfig, ropeParameters } from '../../convert/model-config.ts';
import { gathered, whole } from '../../convert/planned-tensor.ts';
import { flag, integer, real } from '../../gguf/format.ts';

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

export const gptneoxFamily: ConverterFamily = {
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
  tensor(source, config) {
    // Masks and frequencies, which old files carry along.
    if (/\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/.test(source.name)) return [];
    const name = ggufName(names, source.name, 'gpt_neox.');
    if (name === undefined) return undefined;
    if (!name.includes('.attn_qkv.')) return [whole(name, source)];
    const width = headWidth(config);
    const heads = config.required('num_attention_heads');
    const ranges = [0, 1, 2].flatMap((part) =>
      Array.from({ length: heads }, (_, head): [number, number] => [(head * 3 + part) * width, width]),
    );
    return [gathered(name, source, ranges)];
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
