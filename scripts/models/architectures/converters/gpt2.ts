/** GPT-2: learned positions, biases everywhere, and matrices that are stored the other way round (Conv1D). */

import { ggufName, type NameTable } from '../../convert/decoder.ts';
import { type ConverterFamily, geluNames } from '../../convert/family.ts';
import { whole } from '../../convert/planned-tensor.ts';
import { integer, real } from '../../gguf/format.ts';

const names: NameTable = [
  ['transformer.wte', 'token_embd'],
  ['transformer.wpe', 'position_embd'],
  ['transformer.ln_f', 'output_norm'],
  ['lm_head', 'output'],
  ['transformer.h.N.ln_1', 'blk.N.attn_norm'],
  ['transformer.h.N.attn.c_attn', 'blk.N.attn_qkv'],
  ['transformer.h.N.attn.c_proj', 'blk.N.attn_output'],
  ['transformer.h.N.ln_2', 'blk.N.ffn_norm'],
  ['transformer.h.N.mlp.c_fc', 'blk.N.ffn_up'],
  ['transformer.h.N.mlp.c_proj', 'blk.N.ffn_down'],
];

export const gpt2Family: ConverterFamily = {
  classes: ['GPT2LMHeadModel', 'GPT2Model'],
  architecture: () => 'gpt2',
  metadata: (config) => [
    ['block_count', integer(config.required('n_layer'))],
    ['context_length', integer(config.required('n_positions', 'n_ctx'))],
    ['embedding_length', integer(config.required('n_embd'))],
    ['feed_forward_length', integer(config.number('n_inner') ?? 4 * config.required('n_embd'))],
    ['attention.head_count', integer(config.required('n_head'))],
    ['attention.layer_norm_epsilon', real(config.required('layer_norm_epsilon'))],
  ],
  tensor(source) {
    // Masks, which old files carry along.
    if (/\.attn\.(bias|masked_bias)$/.test(source.name)) return [];
    const name = ggufName(names, source.name, 'transformer.');
    if (name === undefined) return undefined;
    if (!/\.c_(attn|proj|fc)\.weight$/.test(source.name)) return [whole(name, source)];
    return [{ name, shape: source.shape, content: { transposed: source } }];
  },
  names: () => names,
  shape: () => ({ ropeBase: null }),
  tiedByDefault: true,
  ropeTypes: [],
  fixed: () => ({
    activation_function: geluNames,
    scale_attn_weights: [true],
    scale_attn_by_inverse_layer_idx: [false],
  }),
  harmless: [
    ...['reorder_and_upcast_attn', 'summary_activation', 'summary_first_dropout', 'summary_proj_to_labels'],
    ...['summary_type', 'summary_use_proj'],
  ],
  tokenizers: ['byte-level'],
};
