/** Qwen 2 and 3, dense and with experts. */

import { usageError } from '../../command-line/errors.ts';
import { decoderFields, llamaNames, type NameTable, optional } from '../convert/decoder.ts';
import type { ModelConfig } from '../convert/model-config.ts';
import { expertStacks } from '../convert/planned-tensor.ts';
import { type GgufFields, integer } from '../gguf/format.ts';
import {
  type ArchitectureGroup,
  type Converter,
  type Family,
  groupedHeadsOf,
  headsOf,
  plain,
  siluNames,
  wholeBlocks,
} from './architecture.ts';

const names: NameTable = [
  ...llamaNames,
  ['model.layers.N.mlp.gate', 'blk.N.ffn_gate_inp'],
  ['model.layers.N.mlp.shared_expert_gate', 'blk.N.ffn_gate_inp_shexp'],
  ['model.layers.N.mlp.shared_expert.gate_proj', 'blk.N.ffn_gate_shexp'],
  ['model.layers.N.mlp.shared_expert.up_proj', 'blk.N.ffn_up_shexp'],
  ['model.layers.N.mlp.shared_expert.down_proj', 'blk.N.ffn_down_shexp'],
];

const architecturesOfClasses: Readonly<Record<string, string>> = {
  Qwen2ForCausalLM: 'qwen2',
  Qwen2Model: 'qwen2',
  Qwen2MoeForCausalLM: 'qwen2moe',
  Qwen3ForCausalLM: 'qwen3',
  Qwen3Model: 'qwen3',
  Qwen3MoeForCausalLM: 'qwen3moe',
};

const converter: Converter = {
  classes: Object.keys(architecturesOfClasses),
  architecture: architectureOf,
  metadata: (config) => [
    ...requireKnownRouting(config),
    ...decoderFields(config),
    ...optional(config.number('moe_intermediate_size'), (width) => [['expert_feed_forward_length', integer(width)]]),
    ...optional(config.number('shared_expert_intermediate_size'), (width) => [
      ['expert_shared_feed_forward_length', integer(width)],
    ]),
  ],
  prefix: 'model.',
  unneeded: /rotary_emb\.inv_freq$/,
  names: () => names,
  shape: (config) => ({ attentionBias: architectureOf(config).startsWith('qwen2') }),
  tiedByDefault: false,
  ropeTypes: ['linear', 'yarn'],
  fixed: (config) => ({
    ...{ hidden_act: siluNames, decoder_sparse_step: [1], mlp_only_layers: [[]], use_mrope: [false] },
    // llama.cpp looks for an output matrix in this one.
    ...(architectureOf(config) === 'qwen2moe' ? { tie_word_embeddings: [false] } : {}),
    ...{ qkv_bias: [true], attention_bias: [architectureOf(config).startsWith('qwen2')] },
  }),
  // Without use_sliding_window no layer has one.
  harmless: ['sliding_window', 'max_window_layers'],
  joined: (sources, config) => expertStacks(sources, config),
  tokenizers: ['byte-level', 'sentencepiece'],
};

function architectureOf(config: ModelConfig): string {
  return architecturesOfClasses[config.texts('architectures')?.[0] ?? ''] ?? 'qwen2';
}

/** Whether the chosen experts' weights are made to sum to 1 is no key of the file: llama.cpp does it in one family only. */
function requireKnownRouting(config: ModelConfig): GgufFields {
  const architecture = architectureOf(config);
  const normalises = { qwen2moe: false, qwen3moe: true }[architecture];
  const wanted = config.flag('norm_topk_prob') ?? false;
  if (normalises === undefined || normalises === wanted) return [];
  throw usageError(
    `norm_topk_prob is ${wanted}, and llama.cpp runs every ${architecture} as if it were ${normalises}`,
    'Its answers there would be others than those of the model: it is not converted.',
  );
}

/** Qwen2 and Qwen2.5 (2024). */
const qwen2: Family = {
  name: 'qwen2',
  title: 'Qwen2',
  kind: 'Qwen',
  architecture: 'qwen2',
  traits: 'as Llama, with biases on queries, keys and values',
  vocabulary: 151_936,
  widthPerLayer: 80,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(5.25 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 32_768, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: width < 3584, attentionBias: true },
  }),
};

/** 2025. */
const qwen3: Family = {
  name: 'qwen3',
  title: 'Qwen3',
  kind: 'Qwen',
  architecture: 'qwen3',
  traits: 'as Llama, with norms of the queries and keys of each head',
  vocabulary: 151_936,
  widthPerLayer: 80,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(3 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 40_960, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: width < 4096 },
  }),
};

/** Qwen1.5-MoE-A2.7B, 2024. */
const qwen2moe: Family = {
  ...{ name: 'qwen2moe', title: 'Qwen1.5-MoE', kind: 'mixture of experts', architecture: 'qwen2moe' },
  traits: 'as Qwen2, with 60 small experts, 4 of them for a token, and one that all tokens share',
  vocabulary: 151_936,
  widthPerLayer: 85,
  shapeOf: ({ width, layers, vocabulary }) => {
    const feedForward = wholeBlocks(0.6875 * width);
    return {
      ...{ layers, embedding: width, feedForward: 4 * feedForward, ...headsOf(width), vocabulary },
      ...{ contextLength: 8192, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: false, attentionBias: true },
      experts: { count: 60, used: 4, feedForward, sharedFeedForward: 4 * feedForward },
    };
  },
};

/** 2025. */
const qwen3moe: Family = {
  ...{ name: 'qwen3moe', title: 'Qwen3 MoE', kind: 'mixture of experts', architecture: 'qwen3moe' },
  traits: 'as Qwen3, with 128 small experts, 8 of them for a token',
  vocabulary: 151_936,
  widthPerLayer: 43,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: 3 * width, ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 40_960, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: false },
    experts: { count: 128, used: 8, feedForward: wholeBlocks(0.375 * width) },
  }),
};

export const qwen = {
  architectures: {
    qwen2: plain,
    qwen3: { ...plain, queryKeyNorms: 'head' },
    qwen2moe: plain,
    qwen3moe: { ...plain, queryKeyNorms: 'head' },
  },
  families: [qwen2, qwen3, qwen2moe, qwen3moe],
  converter,
} satisfies ArchitectureGroup;
