/** Qwen 2 and 3, dense and with experts. */
import { exitCodes, UserError } from '../../../command-line/errors.ts';
import { decoderFields, ggufName, llamaNames, type NameTable, optional } from '../../convert/decoder.ts';
import { type ConverterFamily, siluNames } from '../../convert/family.ts';
import type { ModelConfig } from '../../convert/model-config.ts';
import { expertStacks, whole } from '../../convert/planned-tensor.ts';
import { type GgufFields, integer } from '../../gguf/format.ts';

const names: NameTable = [
  ...llamaNames,
  ['model.layers.N.mlp.gate', 'blk.N.ffn_gate_inp'],
  ['model.layers.N.mlp.shared_expert_gate', 'blk.N.ffn_gate_inp_shexp'],
  ['model.layers.N.mlp.shared_expert.gate_proj', 'blk.N.ffn_gate_shexp'],
  ['model.layers.N.mlp.shared_expert.up_proj', 'blk.N.ffn_up_shexp'],
  ['model.layers.N.mlp.shared_expert.down_proj', 'blk.N.ffn_down_shexp'],
];

const architectures: Readonly<Record<string, string>> = {
  Qwen2ForCausalLM: 'qwen2',
  Qwen2Model: 'qwen2',
  Qwen2MoeForCausalLM: 'qwen2moe',
  Qwen3ForCausalLM: 'qwen3',
  Qwen3Model: 'qwen3',
  Qwen3MoeForCausalLM: 'qwen3moe',
};

export const qwenFamily: ConverterFamily = {
  classes: Object.keys(architectures),
  architecture: architectureOf,
  metadata: (config) => [
    ...requireKnownRouting(config),
    ...decoderFields(config),
    ...optional(config.number('moe_intermediate_size'), (width) => [['expert_feed_forward_length', integer(width)]]),
    ...optional(config.number('shared_expert_intermediate_size'), (width) => [
      ['expert_shared_feed_forward_length', integer(width)],
    ]),
  ],
  tensor(source) {
    if (source.name.endsWith('rotary_emb.inv_freq')) return [];
    const name = ggufName(names, source.name, 'model.');
    return name === undefined ? undefined : [whole(name, source)];
  },
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
  return architectures[config.texts('architectures')?.[0] ?? ''] ?? 'qwen2';
}

/** Whether the chosen experts' weights are made to sum to 1 is no key of the file: llama.cpp does it in one family only. */
function requireKnownRouting(config: ModelConfig): GgufFields {
  const architecture = architectureOf(config);
  const normalises = { qwen2moe: false, qwen3moe: true }[architecture];
  const wanted = config.flag('norm_topk_prob') ?? false;
  if (normalises === undefined || normalises === wanted) return [];
  throw new UserError(
    `norm_topk_prob is ${wanted}, and llama.cpp runs every ${architecture} as if it were ${normalises}`,
    {
      exitCode: exitCodes.usage,
      remedy: 'Its answers there would be others than those of the model: it is not converted.',
    },
  );
}
