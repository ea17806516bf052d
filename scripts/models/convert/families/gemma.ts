/** Gemma 1, 2 and 3. */
import { decoderFields, headDimension } from '../decoder-fields.ts';
import { type ConverterFamily, type Fields, flag, integer, real } from '../family.ts';
import type { ModelConfig } from '../model-config.ts';
import { whole } from '../planned-tensor.ts';
import { ggufName, llamaNames, type NameTable } from '../tensor-names.ts';

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
    const names = architectureOf(config) === 'gemma' ? firstNames : laterNames;
    const name = ggufName(names, source.name, 'model.');
    if (name === undefined) return undefined;
    // Norms are stored as the difference from 1.
    return [whole(name, source, name.endsWith('norm.weight') ? { map: (value) => Math.fround(value + 1) } : {})];
  },
  tokenizers: ['sentencepiece', 'byte-fallback'],
  tokenizerFields: () => [['add_space_prefix', flag(false)]],
};

function architectureOf(config: ModelConfig): string {
  return architectures[config.texts('architectures')?.[0] ?? ''] ?? 'gemma3';
}

function headFields(config: ModelConfig): Fields {
  if (config.has('head_dim')) return [];
  return [
    ['attention.key_length', integer(headDimension(config))],
    ['attention.value_length', integer(headDimension(config))],
  ];
}

function particulars(config: ModelConfig): Fields {
  const caps = (key: string): Fields => {
    const cap = config.number(key);
    return cap === undefined ? [] : [[key, real(cap)]];
  };
  const window = architectureOf(config) === 'gemma' ? undefined : config.number('sliding_window');
  return [
    ...caps('attn_logit_softcapping'),
    ...caps('final_logit_softcapping'),
    ...(window === undefined ? [] : ([['attention.sliding_window', integer(window)]] satisfies Fields)),
  ];
}
