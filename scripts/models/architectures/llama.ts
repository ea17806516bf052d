/** Llama, Mistral and Mixtral: one architecture in llama.cpp. */

import { decoderFields, headDimension, llamaNames, type NameTable, optional } from '../convert/decoder.ts';
import { type ModelConfig, ropeParameters } from '../convert/model-config.ts';
import { computed, expertStacks, type PlannedTensor, regrouped, whole } from '../convert/planned-tensor.ts';
import type { SourceTensor } from '../convert/safetensors.ts';
import { type GgufFields, integer } from '../gguf/format.ts';
import {
  type ArchitectureGroup,
  type Converter,
  type Family,
  groupedHeadsOf,
  plain,
  siluNames,
  wholeBlocks,
} from './architecture.ts';
import { llama3Factors } from './model-shape.ts';

const names: NameTable = [
  ...llamaNames,
  ['model.layers.N.block_sparse_moe.gate', 'blk.N.ffn_gate_inp'],
  // transformers 5 names the router like the other families.
  ['model.layers.N.mlp.gate', 'blk.N.ffn_gate_inp'],
];

const converter: Converter = {
  classes: ['LlamaForCausalLM', 'LlamaModel', 'MistralForCausalLM', 'MistralModel', 'MixtralForCausalLM'],
  architecture: () => 'llama',
  metadata: (config) => [
    ...decoderFields(config),
    ...windowedContext(config),
    ['vocab_size', integer(config.required('vocab_size'))],
    ['rope.dimension_count', integer(headDimension(config))],
  ],
  prefix: 'model.',
  unneeded: /rotary_emb\.inv_freq$/,
  tensor: rotated,
  names: () => names,
  shape: (config) => ({ attentionBias: config.flag('attention_bias') === true }),
  layerBiases: (config) => ({
    ...(config.flag('attention_bias') === true ? { attn_output: config.required('hidden_size') } : {}),
    ...(config.flag('mlp_bias') === true
      ? {
          ffn_gate: config.required('intermediate_size'),
          ffn_up: config.required('intermediate_size'),
          ffn_down: config.required('hidden_size'),
        }
      : {}),
  }),
  tiedByDefault: false,
  ropeTypes: ['linear', 'yarn', 'llama3'],
  fixed: () => ({ hidden_act: siluNames }),
  joined: (sources, config) => [...expertStacks(sources, config), ...ropeFactors(config)],
  tokenizers: ['sentencepiece', 'byte-fallback', 'byte-level'],
};

/** transformers, MistralConfig: what a Mistral has that does not say it. */
const mistralWindow = 4096;

/**
 * llama.cpp runs a llama without a sliding window. Up to its length that is the same model, and beyond it another one: so far
 * the context goes.
 */
function windowedContext(config: ModelConfig): GgufFields {
  const classes = config.texts('architectures') ?? [];
  if (!classes.some((name) => /^Mi[sx]tral/.test(name))) return [];
  const isMistral = classes.some((name) => name.startsWith('Mistral'));
  const byDefault = isMistral && !config.mentions('sliding_window') ? mistralWindow : undefined;
  const window = config.number('sliding_window') ?? byDefault;
  return optional(window, (positions) => [
    ['context_length', integer(Math.min(positions, config.required('max_position_embeddings')))],
  ]);
}

/**
 * transformers rotates the first half of a head's dimensions against the second, llama.cpp neighbours: rows of queries and
 * keys change places within each head, so that the pairs are the same.
 */
function rotated(name: string, source: SourceTensor, config: ModelConfig): PlannedTensor {
  if (!/\.attn_[qk]\.(weight|bias)$/.test(name)) return whole(name, source);
  const dimension = headDimension(config);
  const order = Array.from({ length: dimension }, (_, row) => (row % 2) * (dimension / 2) + Math.floor(row / 2));
  return regrouped(name, source, dimension, order);
}

function ropeFactors(config: ModelConfig): PlannedTensor[] {
  const { type, base, values } = ropeParameters(config);
  if (type !== 'llama3') return [];
  const factors = llama3Factors(headDimension(config), base ?? 10_000, {
    factor: values.required('factor'),
    lowFrequencyFactor: values.required('low_freq_factor'),
    highFrequencyFactor: values.required('high_freq_factor'),
    originalContextLength: values.required('original_max_position_embeddings'),
  });
  return [computed('rope_freqs.weight', factors)];
}

/** Touvron and others 2023; Llama 3 2024. */
const llamaFamily: Family = {
  name: 'llama',
  title: 'Llama',
  kind: 'Llama',
  architecture: 'llama',
  traits: 'grouped-query attention, rotation, gated feed-forward, RMS norms',
  vocabulary: 128_256,
  widthPerLayer: 128,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(3.5 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 8192, normEpsilon: 1e-5, ropeBase: 500_000, tiedEmbeddings: width < 4096 },
  }),
};

/** Jiang and others 2023. Stored as a llama, whose window llama.cpp does not know: it keeps and sees every position. */
const mistral: Family = {
  name: 'mistral',
  title: 'Mistral',
  kind: 'Mistral',
  architecture: 'llama',
  traits: 'as Llama, with a sliding window of 4096 positions in every layer',
  vocabulary: 32_000,
  widthPerLayer: 128,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(3.5 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 32_768, normEpsilon: 1e-5, ropeBase: 10_000, tiedEmbeddings: false },
    slidingWindow: { positions: 4096 },
  }),
};

/** Jiang and others 2024. Stored as a llama that has experts. */
const mixtral: Family = {
  ...{ name: 'mixtral', title: 'Mixtral', kind: 'mixture of experts', architecture: 'llama' },
  traits: 'as Llama, with 8 experts, 2 of them for a token',
  vocabulary: 32_000,
  widthPerLayer: 128,
  shapeOf: ({ width, layers, vocabulary }) => {
    const feedForward = wholeBlocks(3.5 * width);
    return {
      ...{ layers, embedding: width, feedForward, ...groupedHeadsOf(width), vocabulary },
      ...{ contextLength: 32_768, normEpsilon: 1e-5, ropeBase: 1e6, tiedEmbeddings: false },
      experts: { count: 8, used: 2, feedForward },
    };
  },
};

export const llama = {
  architectures: { llama: plain },
  families: [llamaFamily, mistral, mixtral],
  converter,
} satisfies ArchitectureGroup;
