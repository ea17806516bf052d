/** BERT: an encoder, for embeddings. Its heads for pre-training are left away. */

import { decoderFields, type NameTable } from '../convert/decoder.ts';
import { flag } from '../gguf/format.ts';
import { type ArchitectureGroup, type Converter, type Family, geluNames, headsOf, plain } from './architecture.ts';

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

const converter: Converter = {
  classes: ['BertModel', 'BertForMaskedLM', 'BertForPreTraining'],
  architecture: () => 'bert',
  metadata: (config) => [...decoderFields(config), ['attention.causal', flag(false)]],
  prefix: 'bert.',
  unneeded: /^(bert\.)?(embeddings\.position_ids|pooler\.|cls\.(predictions|seq_relationship))/,
  currentName: (name) => name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias'),
  names: () => names,
  shape: (config) => ({
    ropeBase: null,
    encoder: { tokenTypes: config.required('type_vocab_size'), pooling: 'mean' },
  }),
  tiedByDefault: true,
  ropeTypes: [],
  fixed: () => ({ hidden_act: geluNames, position_embedding_type: ['absolute'], is_decoder: [false] }),
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

/** Devlin and others 2018; the encoders of sentence-transformers and BGE are built alike. */
const bertFamily: Family = {
  name: 'bert',
  title: 'BERT',
  kind: 'encoder',
  architecture: 'bert',
  traits: 'attends both ways, learned positions, gives an embedding and no next token',
  vocabulary: 30_522,
  widthPerLayer: 48,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: 4 * width, ...headsOf(width), vocabulary },
    ...{ contextLength: 512, normEpsilon: 1e-12, ropeBase: null, tiedEmbeddings: true },
    encoder: { tokenTypes: 2, pooling: 'mean' },
  }),
};

export const bert = {
  architectures: { bert: { ...plain, kind: 'encoder', feedForward: 'plain', norms: 'layer', biases: true } },
  families: [bertFamily],
  converter,
} satisfies ArchitectureGroup;
