/** Gemma 1, 2 and 3. */

import type { AllowedValues } from '../convert/config-keys.ts';
import { decoderFields, headDimension, llamaNames, type NameTable, optional } from '../convert/decoder.ts';
import { type ModelConfig, ropeParameters } from '../convert/model-config.ts';
import { whole } from '../convert/planned-tensor.ts';
import { flag, type GgufFields, integer, real } from '../gguf/format.ts';
import {
  type ArchitectureGroup,
  type Converter,
  type Family,
  groupedHeadsOf,
  plain,
  wholeBlocks,
} from './architecture.ts';

const traits = {
  gemma2: { ...plain, postNorms: true, windowPattern: 2 },
  gemma3: { ...plain, queryKeyNorms: 'head', postNorms: true, windowPattern: 6 },
} satisfies ArchitectureGroup['architectures'];

const firstNames: NameTable = llamaNames;
const laterNames: NameTable = [
  ['model.layers.N.post_attention_layernorm', 'blk.N.post_attention_norm'],
  ['model.layers.N.pre_feedforward_layernorm', 'blk.N.ffn_norm'],
  ['model.layers.N.post_feedforward_layernorm', 'blk.N.post_ffw_norm'],
  ...llamaNames,
];

const architecturesOfClasses: Readonly<Record<string, string>> = {
  GemmaForCausalLM: 'gemma',
  Gemma2ForCausalLM: 'gemma2',
  Gemma3ForCausalLM: 'gemma3',
  Gemma3ForConditionalGeneration: 'gemma3',
};

const converter: Converter = {
  classes: Object.keys(architecturesOfClasses),
  architecture: architectureOf,
  metadata: (config) => [...decoderFields(config), ...headFields(config), ...particulars(config)],
  prefix: 'model.',
  // The output matrix is the embedding; the vision part is a separate file in llama.cpp.
  unneeded: /lm_head\.weight$|vision|multi_modal|rotary_emb/,
  // Norms are stored as the difference from 1.
  tensor: (name, source) =>
    whole(name, source, name.endsWith('norm.weight') ? { map: (value) => Math.fround(value + 1) } : {}),
  names: (config) => (architectureOf(config) === 'gemma' ? firstNames : laterNames),
  template: (config) => {
    const architecture = architectureOf(config);
    // The first Gemma has the tensors of a Llama.
    return architecture === 'gemma2' || architecture === 'gemma3' ? architecture : 'llama';
  },
  tiedByDefault: true,
  ropeTypes: ['linear'],
  fixed,
  harmless: ['vision_config', 'mm_tokens_per_image', 'image_token_index', 'boi_token_index', 'eoi_token_index'],
  tokenizers: ['sentencepiece', 'byte-fallback'],
  tokenizerFields: () => [['add_space_prefix', flag(false)]],
};

function architectureOf(config: ModelConfig): string {
  return architecturesOfClasses[config.texts('architectures')?.[0] ?? ''] ?? 'gemma3';
}

function headFields(config: ModelConfig): GgufFields {
  if (config.number('head_dim') !== undefined) return [];
  return [
    ['attention.key_length', integer(headDimension(config))],
    ['attention.value_length', integer(headDimension(config))],
  ];
}

/** What llama.cpp takes for given of each, or reads from the file (src/models/gemma*.cpp there). */
function particulars(config: ModelConfig): GgufFields {
  const architecture = architectureOf(config);
  if (architecture === 'gemma') return [];
  const window: GgufFields = [['attention.sliding_window', integer(config.required('sliding_window'))]];
  if (architecture === 'gemma2') {
    return [
      ...window,
      ['attn_logit_softcapping', real(config.required('attn_logit_softcapping'))],
      ['final_logit_softcapping', real(config.required('final_logit_softcapping'))],
    ];
  }
  // A million where config.json does not say it (transformers, Gemma3TextConfig), and not what llama.cpp takes for given.
  const base: GgufFields = ropeParameters(config).base === undefined ? [['rope.freq_base', real(1_000_000)]] : [];
  return [
    ...base,
    ...window,
    ...optional(config.number('final_logit_softcapping'), (cap) => [['final_logit_softcapping', real(cap)]]),
  ];
}

/** The models of 27 billion parameters, by their layers: llama.cpp scales queries by the width for each head in them, and by a head's own width in others. */
const scaledByWidth: Readonly<Record<string, number>> = { gemma2: 46, gemma3: 62 };

function fixed(config: ModelConfig): AllowedValues {
  const architecture = architectureOf(config);
  const layers = config.required('num_hidden_layers');
  const byWidth = scaledByWidth[architecture] === layers;
  const scalar = byWidth
    ? config.required('hidden_size') / config.required('num_attention_heads')
    : headDimension(config);
  const pattern = Object.entries(traits).find(([name]) => name === architecture)?.[1].windowPattern ?? 1;
  const kinds = Array.from({ length: layers }, (_, layer) =>
    (layer + 1) % pattern === 0 ? 'full_attention' : 'sliding_attention',
  );
  return {
    // The first Gemma says `gelu` and means the other, as transformers does.
    ...{ hidden_act: ['gelu', 'gelu_pytorch_tanh'], hidden_activation: ['gelu_pytorch_tanh'] },
    ...{ query_pre_attn_scalar: [scalar], layer_types: [kinds], tie_word_embeddings: [true] },
    ...{ sliding_window_pattern: [pattern], _sliding_window_pattern: [pattern] },
  };
}

/** 2024. */
const gemma2: Family = {
  name: 'gemma2',
  title: 'Gemma 2',
  kind: 'Gemma',
  architecture: 'gemma2',
  traits: 'norms before and after each part, capped logits, a window in every other layer',
  vocabulary: 256_000,
  widthPerLayer: 88,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(4 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 8192, normEpsilon: 1e-6, ropeBase: 10_000, tiedEmbeddings: true },
    ...{ slidingWindow: { positions: 4096 }, softCaps: { attention: 50, output: 30 } },
  }),
};

/** 2025. */
const gemma3: Family = {
  name: 'gemma3',
  title: 'Gemma 3',
  kind: 'Gemma',
  architecture: 'gemma3',
  traits: 'as Gemma 2 with norms of queries and keys instead of caps, a window in five of six layers',
  vocabulary: 262_144,
  widthPerLayer: 60,
  shapeOf: ({ width, layers, vocabulary }) => ({
    ...{ layers, embedding: width, feedForward: wholeBlocks(5 * width), ...groupedHeadsOf(width), vocabulary },
    ...{ contextLength: 32_768, normEpsilon: 1e-6, ropeBase: 1e6, tiedEmbeddings: true },
    slidingWindow: { positions: 512, ropeBase: 10_000 },
  }),
};

export const gemma = {
  architectures: traits,
  families: [gemma2, gemma3],
  converter,
} satisfies ArchitectureGroup;
