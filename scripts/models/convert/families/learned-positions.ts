/** GPT-2 and BERT: learned positions, and biases everywhere. */
import { flag, integer } from '../../gguf/format.ts';
import { words } from '../config-keys.ts';
import type { Converter, NameTable } from '../converter.ts';
import { decoderFields, geluNames } from '../decoder.ts';
import { whole } from '../planned-tensor.ts';
import { type SharedNumber, sharedFields } from '../shared-numbers.ts';

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

const gpt2Numbers: readonly SharedNumber[] = [
  { key: 'block_count', names: ['n_layer'], of: 'integer' },
  { key: 'context_length', names: ['n_positions', 'n_ctx'], of: 'integer' },
  { key: 'embedding_length', names: ['n_embd'], of: 'integer' },
  {
    ...{ key: 'feed_forward_length', names: ['n_inner'], of: 'integer' },
    otherwise: (config) => 4 * config.required('n_embd'),
  },
  { key: 'attention.head_count', names: ['n_head'], of: 'integer' },
  { key: 'attention.layer_norm_epsilon', names: ['layer_norm_epsilon'], of: 'real' },
];

export const gpt2Converter: Converter = {
  classes: ['GPT2LMHeadModel', 'GPT2Model'],
  architecture: () => 'gpt2',
  metadata: (config) => sharedFields(config, gpt2Numbers),
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
  exported: {
    architectures: ['gpt2'],
    numbers: gpt2Numbers,
    values: () => ({ activation_function: 'gelu_new' }),
  },
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
