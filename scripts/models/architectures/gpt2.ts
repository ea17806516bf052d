/** GPT-2: learned positions, biases everywhere, and matrices that are stored the other way round (Conv1D). */

import type { NameTable } from '../convert/decoder.ts';
import { whole } from '../convert/planned-tensor.ts';
import { integer, real } from '../gguf/format.ts';
import { type ArchitectureGroup, type Converter, type Family, geluNames, headsOf, plain } from './architecture.ts';

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

const converter: Converter = {
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

/** Radford and others 2019. */
const gpt2Family: Family = {
  name: 'gpt2',
  title: 'GPT-2',
  kind: 'GPT-2',
  architecture: 'gpt2',
  traits: 'learned positions, plain feed-forward part, layer norms, biases everywhere',
  vocabulary: 50_257,
  widthPerLayer: 48,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: 4 * width, ...headsOf(width), vocabulary },
    ...{ contextLength: 1024, normEpsilon: 1e-5, ropeBase: null, tiedEmbeddings: true },
  }),
};

export const gpt2 = {
  architectures: { gpt2: { ...plain, fusedAttention: true, feedForward: 'plain', norms: 'layer', biases: true } },
  families: [gpt2Family],
  converter,
} satisfies ArchitectureGroup;
