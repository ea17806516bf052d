/** GPT-2 and BERT: learned positions, and biases everywhere. */
import { flag, integer, real } from '../../gguf/format.ts';
import { words } from '../config-keys.ts';
import type { Converter, NameTable } from '../converter.ts';
import { decoderFields, geluNames } from '../decoder.ts';
import { whole } from '../planned-tensor.ts';

const gpt2Names: NameTable = [
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

export const gpt2Converter: Converter = {
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
  prefix: 'transformer.',
  // Masks, which old files contain.
  unneeded: /\.attn\.(bias|masked_bias)$/,
  tensor: (name, source) =>
    /\.c_(attn|proj|fc)\.weight$/.test(source.name)
      ? { name, shape: source.shape, content: { transposed: source } }
      : whole(name, source),
  names: () => gpt2Names,
  shape: () => ({ ropeBase: null }),
  tiedByDefault: true,
  fixed: () => ({
    activation_function: geluNames,
    scale_attn_weights: [true],
    scale_attn_by_inverse_layer_idx: [false],
  }),
  harmless: words(`
    reorder_and_upcast_attn summary_activation summary_first_dropout summary_proj_to_labels
    summary_type summary_use_proj`),
  tokenizers: ['byte-level'],
};

const bertNames: NameTable = [
  ['bert.embeddings.word_embeddings', 'token_embd'],
  ['bert.embeddings.position_embeddings', 'position_embd'],
  ['bert.embeddings.token_type_embeddings', 'token_types'],
  ['bert.embeddings.LayerNorm', 'token_embd_norm'],
  ['bert.encoder.layer.N.attention.self.query', 'blk.N.attn_q'],
  ['bert.encoder.layer.N.attention.self.key', 'blk.N.attn_k'],
  ['bert.encoder.layer.N.attention.self.value', 'blk.N.attn_v'],
  ['bert.encoder.layer.N.attention.output.dense', 'blk.N.attn_output'],
  ['bert.encoder.layer.N.attention.output.LayerNorm', 'blk.N.attn_output_norm'],
  ['bert.encoder.layer.N.intermediate.dense', 'blk.N.ffn_up'],
  ['bert.encoder.layer.N.output.dense', 'blk.N.ffn_down'],
  ['bert.encoder.layer.N.output.LayerNorm', 'blk.N.layer_output_norm'],
];

export const bertConverter: Converter = {
  classes: ['BertModel', 'BertForMaskedLM', 'BertForPreTraining'],
  architecture: () => 'bert',
  metadata: (config) => [...decoderFields(config), ['attention.causal', flag(false)]],
  prefix: 'bert.',
  unneeded: /^(bert\.)?(embeddings\.position_ids|pooler\.|cls\.(predictions|seq_relationship))/,
  currentName: (name) => name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias'),
  names: () => bertNames,
  shape: (config) => ({
    ropeBase: null,
    encoder: { tokenTypes: config.required('type_vocab_size'), pooling: 'mean' },
  }),
  tiedByDefault: true,
  fixed: () => ({ hidden_act: geluNames, position_embedding_type: ['absolute'], is_decoder: [false] }),
  harmless: words(`
    directionality pooler_fc_size pooler_num_attention_heads pooler_num_fc_layers pooler_size_per_head pooler_type`),
  tokenizers: ['wordpiece'],
  tokenizerFields: (_, config) => [['token_type_count', integer(config.number('type_vocab_size') ?? 1)]],
};
