/** Llama, Mistral and Mixtral: one architecture in llama.cpp. */

import { decoderFields, ggufName, headDimension, llamaNames, type NameTable, optional } from '../../convert/decoder.ts';
import { type ConverterFamily, siluNames } from '../../convert/family.ts';
import { type ModelConfig, ropeParameters } from '../../convert/model-config.ts';
import { computed, expertStacks, type PlannedTensor, regrouped, whole } from '../../convert/planned-tensor.ts';
import type { SourceTensor } from '../../convert/safetensors.ts';
import { type GgufFields, integer } from '../../gguf/format.ts';
import { llama3Factors } from '../rope-factors.ts';

const names: NameTable = [
  ...llamaNames,
  ['model.layers.N.block_sparse_moe.gate', 'blk.N.ffn_gate_inp'],
  // transformers 5 names the router like the other families.
  ['model.layers.N.mlp.gate', 'blk.N.ffn_gate_inp'],
];

export const llamaFamily: ConverterFamily = {
  classes: ['LlamaForCausalLM', 'LlamaModel', 'MistralForCausalLM', 'MistralModel', 'MixtralForCausalLM'],
  architecture: () => 'llama',
  metadata: (config) => [
    ...decoderFields(config),
    ...windowedContext(config),
    ['vocab_size', integer(config.required('vocab_size'))],
    ['rope.dimension_count', integer(headDimension(config))],
  ],
  tensor(source, config) {
    if (source.name.endsWith('rotary_emb.inv_freq')) return [];
    const name = ggufName(names, source.name, 'model.');
    return name === undefined ? undefined : [rotated(name, source, config)];
  },
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
