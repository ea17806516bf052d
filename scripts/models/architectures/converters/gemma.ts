/** Gemma 1, 2 and 3. */
import type { AllowedValues } from '../../convert/config-keys.ts';
import { decoderFields, ggufName, headDimension, llamaNames, type NameTable, optional } from '../../convert/decoder.ts';
import type { ConverterFamily } from '../../convert/family.ts';
import { type ModelConfig, ropeParameters } from '../../convert/model-config.ts';
import { whole } from '../../convert/planned-tensor.ts';
import { flag, type GgufFields, integer, real } from '../../gguf/format.ts';

const firstNames: NameTable = llamaNames;
const laterNames: NameTable = [
  ['model.layers.N.post_attention_layernorm', 'blk.N.post_attention_norm'],
  ['model.layers.N.pre_feedforward_layernorm', 'blk.N.ffn_norm'],
  ['model.layers.N.post_feedforward_layernorm', 'blk.N.post_ffw_norm'],
  ...llamaNames,
];

const architectures: Readonly<Record<string, string>> = {
  GemmaForCausalLM: 'gemma',
  Gemma2ForCausalLM: 'gemma2',
  Gemma3ForCausalLM: 'gemma3',
  Gemma3ForConditionalGeneration: 'gemma3',
};

export const gemmaFamily: ConverterFamily = {
  classes: Object.keys(architectures),
  architecture: architectureOf,
  metadata: (config) => [...decoderFields(config), ...headFields(config), ...particulars(config)],
  tensor(source, config) {
    // The output matrix is the embedding; eyes are a file of their own in llama.cpp.
    if (source.name.endsWith('lm_head.weight') || /vision|multi_modal|rotary_emb/.test(source.name)) return [];
    const name = ggufName(gemmaFamily.names(config), source.name, 'model.');
    if (name === undefined) return undefined;
    // Norms are stored as the difference from 1.
    return [whole(name, source, name.endsWith('norm.weight') ? { map: (value) => Math.fround(value + 1) } : {})];
  },
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
  return architectures[config.texts('architectures')?.[0] ?? ''] ?? 'gemma3';
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

/** Every so manieth layer sees all positions. */
const windowPatterns: Readonly<Record<string, number>> = { gemma2: 2, gemma3: 6 };
/** Of 27 billion parameters: in llama.cpp queries are scaled by the width for each head there, and by a head's own elsewhere. */
const scaledByWidth: Readonly<Record<string, number>> = { gemma2: 46, gemma3: 62 };

function fixed(config: ModelConfig): AllowedValues {
  const architecture = architectureOf(config);
  const layers = config.required('num_hidden_layers');
  const byWidth = scaledByWidth[architecture] === layers;
  const scalar = byWidth
    ? config.required('hidden_size') / config.required('num_attention_heads')
    : headDimension(config);
  const pattern = windowPatterns[architecture] ?? 1;
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
