/** Gemma 1, 2 and 3. */
import { type ArchitectureName, architectures, isArchitecture } from '../../architectures/architecture.ts';
import { flag, type GgufFields, integer, optional, real } from '../../gguf/format.ts';
import type { AllowedValues } from '../config-keys.ts';
import { type Converter, llamaNames, type NameTable } from '../converter.ts';
import { decoderFields, headDimension, ropeParameters } from '../decoder.ts';
import type { ModelConfig } from '../model-config.ts';
import { whole } from '../planned-tensor.ts';

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

export const gemmaConverter: Converter = {
  classes: Object.keys(architecturesOfClasses),
  architecture: architectureOf,
  metadata: (config) => [...decoderFields(config), ...headFields(config), ...particulars(config)],
  prefix: 'model.',
  // The output matrix is the embedding; the vision part is a separate file in llama.cpp.
  unneeded: /lm_head\.weight$|vision|multi_modal|rotary_emb/,
  // Norms are stored as the difference from 1.
  tensor: (name, source) =>
    whole(name, source, name.endsWith('norm.weight') ? { map: (value) => Math.fround(value + 1) } : {}),
  names: (config) => (architectureOf(config) === 'gemma' ? llamaNames : laterNames),
  template: templateOf,
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

/** The first Gemma has the tensors of a Llama. */
function templateOf(config: ModelConfig): ArchitectureName {
  const architecture = architectureOf(config);
  return isArchitecture(architecture) ? architecture : 'llama';
}

function headFields(config: ModelConfig): GgufFields {
  if (config.number('head_dim') !== undefined) return [];
  return [
    ['attention.key_length', integer(headDimension(config))],
    ['attention.value_length', integer(headDimension(config))],
  ];
}

/** Keys that llama.cpp reads for each of them (src/models/gemma*.cpp there). */
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
  // A million where config.json does not say it (transformers, Gemma3TextConfig), and not llama.cpp's default.
  const base = ropeParameters(config).base === undefined ? 1_000_000 : undefined;
  return [
    ...optional('rope.freq_base', real, base),
    ...window,
    ...optional('final_logit_softcapping', real, config.number('final_logit_softcapping')),
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
  const pattern = architectures[templateOf(config)].windowPattern ?? 1;
  const kinds = Array.from({ length: layers }, (_, layer) =>
    (layer + 1) % pattern === 0 ? 'full_attention' : 'sliding_attention',
  );
  return {
    // The first Gemma says `gelu` and means the other, as transformers does.
    hidden_act: ['gelu', 'gelu_pytorch_tanh'],
    hidden_activation: ['gelu_pytorch_tanh'],
    query_pre_attn_scalar: [scalar],
    layer_types: [kinds],
    tie_word_embeddings: [true],
    sliding_window_pattern: [pattern],
    _sliding_window_pattern: [pattern],
  };
}
