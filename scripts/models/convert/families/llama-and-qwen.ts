/** Llama, Mistral and Mixtral, which are one architecture in llama.cpp; Qwen 2 and 3, dense and with experts. */

import { usageError } from '../../../command-line/errors.ts';
import { llama3Factors } from '../../architectures/model-shape.ts';
import { type GgufFields, integer, optional } from '../../gguf/format.ts';
import type { Converter, ExportedFile, NameTable } from '../converter.ts';
import { llamaNames } from '../converter.ts';
import { decoderFields, decoderNumbers, headDimension, ropeParameters, scalingOfFile, siluNames } from '../decoder.ts';
import { llama3ScalingOf } from '../llama3-scaling.ts';
import type { ModelConfig } from '../model-config.ts';
import { computed, expertStacks, type PlannedTensor, regrouped, whole } from '../planned-tensor.ts';
import type { SourceTensor } from '../safetensors.ts';

const llamaFamilyNames: NameTable = [
  ...llamaNames,
  ['model.layers.N.block_sparse_moe.gate', 'blk.N.ffn_gate_inp'],
  // transformers 5 names the router like the other families.
  ['model.layers.N.mlp.gate', 'blk.N.ffn_gate_inp'],
];

export const llamaConverter: Converter = {
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
  names: () => llamaFamilyNames,
  shape: (config) => ({ attentionBias: config.flag('attention_bias') === true }),
  layerBiases: (config) => {
    const [width, inner] = [config.required('hidden_size'), config.required('intermediate_size')];
    return {
      ...(config.flag('attention_bias') === true ? { attn_output: width } : {}),
      ...(config.flag('mlp_bias') === true ? { ffn_gate: inner, ffn_up: inner, ffn_down: width } : {}),
    };
  },
  tiedByDefault: false,
  ropeTypes: ['linear', 'yarn', 'llama3'],
  fixed: () => ({ hidden_act: siluNames }),
  joined: (sources, config) => [...expertStacks(sources, config), ...ropeFactors(config)],
  tokenizers: ['sentencepiece', 'byte-fallback', 'byte-level'],
  exported: {
    architectures: ['llama'],
    numbers: decoderNumbers,
    values: (file) => ({
      ...decoderValues(file),
      ...llama3Values(file),
      attention_bias: file.tensors.has('blk.0.attn_q.bias'),
      mlp_bias: file.tensors.has('blk.0.ffn_up.bias'),
    }),
  },
};

/** What every Llama, Qwen 2 and Qwen 3 says. The defaults of transformers differ between them, so everything is said. */
function decoderValues({ metadata, architecture, shape }: ExportedFile): Record<string, unknown> {
  const scaling = scalingOfFile(metadata, architecture);
  return {
    hidden_act: 'silu',
    num_key_value_heads: shape.keyValueHeads,
    head_dim: shape.headDimension,
    rope_theta: shape.ropeBase,
    ...(scaling === undefined ? {} : { rope_scaling: scaling }),
  };
}

function llama3Values({ ropeFactors, shape }: ExportedFile): Record<string, unknown> {
  if (ropeFactors === undefined) return {};
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalContextLength } = llama3ScalingOf(
    ropeFactors,
    shape.headDimension,
    shape.ropeBase ?? 10_000,
  );
  return {
    rope_scaling: {
      rope_type: 'llama3',
      factor,
      low_freq_factor: lowFrequencyFactor,
      high_freq_factor: highFrequencyFactor,
      original_max_position_embeddings: originalContextLength,
    },
  };
}

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
  if (window === undefined) return [];
  return [['context_length', integer(Math.min(window, config.required('max_position_embeddings')))]];
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

const qwenNames: NameTable = [
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

export const qwenConverter: Converter = {
  classes: Object.keys(architecturesOfClasses),
  architecture: architectureOf,
  metadata: (config) => [
    ...requireKnownRouting(config),
    ...decoderFields(config),
    ...optional('expert_feed_forward_length', integer, config.number('moe_intermediate_size')),
    ...optional('expert_shared_feed_forward_length', integer, config.number('shared_expert_intermediate_size')),
  ],
  prefix: 'model.',
  unneeded: /rotary_emb\.inv_freq$/,
  names: () => qwenNames,
  shape: (config) => ({ attentionBias: architectureOf(config).startsWith('qwen2') }),
  tiedByDefault: false,
  ropeTypes: ['linear', 'yarn'],
  fixed: (config) => ({
    hidden_act: siluNames,
    decoder_sparse_step: [1],
    mlp_only_layers: [[]],
    use_mrope: [false],
    qkv_bias: [true],
    attention_bias: [architectureOf(config).startsWith('qwen2')],
    // llama.cpp looks for an output matrix in this one.
    ...(architectureOf(config) === 'qwen2moe' ? { tie_word_embeddings: [false] } : {}),
  }),
  // Without use_sliding_window no layer has one.
  harmless: ['sliding_window', 'max_window_layers'],
  joined: expertStacks,
  tokenizers: ['byte-level', 'sentencepiece'],
  exported: { architectures: ['qwen2', 'qwen3'], numbers: decoderNumbers, values: decoderValues },
};

function architectureOf(config: ModelConfig): string {
  return architecturesOfClasses[config.texts('architectures')?.[0] ?? ''] ?? 'qwen2';
}

/** No key of the file says whether the weights of the chosen experts are normalised to 1: llama.cpp does it in one architecture only. */
function requireKnownRouting(config: ModelConfig): GgufFields {
  const architecture = architectureOf(config);
  const normalises = { qwen2moe: false, qwen3moe: true }[architecture];
  const wanted = config.flag('norm_topk_prob') ?? false;
  if (normalises === undefined || normalises === wanted) return [];
  throw usageError(
    `norm_topk_prob is ${wanted}, and llama.cpp runs every ${architecture} as if it were ${normalises}`,
    'Its answers would differ from those of the model: it is not converted.',
  );
}
