/** BERT: an encoder, for embeddings. Its heads for pre-training are left away. */
import { decoderFields, ggufName, type NameTable } from '../../convert/decoder.ts';
import { type ConverterFamily, geluNames } from '../../convert/family.ts';
import { whole } from '../../convert/planned-tensor.ts';
import { flag } from '../../gguf/format.ts';

const names: NameTable = [
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

const notNeeded = /^(bert\.)?(embeddings\.position_ids|pooler\.|cls\.(predictions|seq_relationship))/;

export const bertFamily: ConverterFamily = {
  classes: ['BertModel', 'BertForMaskedLM', 'BertForPreTraining'],
  architecture: () => 'bert',
  metadata: (config) => [...decoderFields(config), ['attention.causal', flag(false)]],
  tensor(source) {
    if (notNeeded.test(source.name)) return [];
    const plain = source.name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');
    const name = ggufName(names, plain, 'bert.');
    return name === undefined ? undefined : [whole(name, source)];
  },
  names: () => names,
  shape: (config) => ({
    ropeBase: null,
    encoder: { tokenTypes: config.required('type_vocab_size'), pooling: 'mean' },
  }),
  tiedByDefault: true,
  ropeTypes: [],
  fixed: () => ({
    hidden_act: geluNames,
    position_embedding_type: ['absolute'],
    is_decoder: [false],
  }),
  harmless: [
    'directionality',
    'pooler_fc_size',
    'pooler_num_attention_heads',
    'pooler_num_fc_layers',
    'pooler_size_per_head',
    'pooler_type',
  ],
  tokenizers: ['wordpiece'],
  tokenizerFields: (_, config) => [
    ['token_type_count', { type: 'uint32', value: config.number('type_vocab_size') ?? 1 }],
  ],
};
