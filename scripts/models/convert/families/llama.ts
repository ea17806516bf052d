/** Llama, Mistral and Mixtral: one architecture in llama.cpp. */
import { llama3Factors } from '../../rope-factors.ts';
import { decoderFields, headDimension } from '../decoder-fields.ts';
import { expertStacks } from '../experts.ts';
import { type ConverterFamily, integer } from '../family.ts';
import { type ModelConfig, ropeParameters } from '../model-config.ts';
import { computed, type PlannedTensor, regrouped, whole } from '../planned-tensor.ts';
import type { SourceTensor } from '../safetensors.ts';
import { ggufName, llamaNames, type NameTable } from '../tensor-names.ts';

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
    ['vocab_size', integer(config.required('vocab_size'))],
    ['rope.dimension_count', integer(headDimension(config))],
  ],
  tensor(source, config) {
    if (source.name.endsWith('rotary_emb.inv_freq')) return [];
    const name = ggufName(names, source.name, 'model.');
    return name === undefined ? undefined : [rotated(name, source, config)];
  },
  joined: (sources, config) => [...expertStacks(sources, config), ...ropeFactors(config)],
  tokenizers: ['sentencepiece', 'byte-fallback', 'byte-level'],
};

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
    factor: values.number('factor') ?? 8,
    lowFrequencyFactor: values.number('low_freq_factor') ?? 1,
    highFrequencyFactor: values.number('high_freq_factor') ?? 4,
    originalContextLength: values.number('original_max_position_embeddings') ?? 8192,
  });
  return [computed('rope_freqs.weight', factors)];
}
