/** More families by the names and shapes of transformers: those that differ from a Llama in norms, in one matrix, or in nothing. */
import { writeByteFallbackTokenizer, writeWordPieceTokenizer } from './other-tokenizers.ts';
import {
  eachLayer,
  inner,
  layers,
  llamaLike,
  norm,
  type Shapes,
  type SmallFamily,
  sizes,
  vocabulary,
  width,
  withBias,
} from './small-shapes.ts';
import { gpt2Steps, qwenSteps } from './source-folders.ts';

const gemmaNorms = (prefix: string): Shapes => [
  [`${prefix}.pre_feedforward_layernorm.weight`, [width]],
  [`${prefix}.post_feedforward_layernorm.weight`, [width]],
];
const gemma = {
  ...sizes,
  ...{ head_dim: 16, hidden_activation: 'gelu_pytorch_tanh', query_pre_attn_scalar: 16, sliding_window: 64 },
};

const falconLayer = (prefix: string, groups: number): Shapes => [
  [`${prefix}.self_attention.query_key_value.weight`, [(4 + 2 * groups) * 16, width]],
  [`${prefix}.self_attention.dense.weight`, [width, width]],
  [`${prefix}.mlp.dense_h_to_4h.weight`, [4 * width, width]],
  [`${prefix}.mlp.dense_4h_to_h.weight`, [width, 4 * width]],
];
const falcon = {
  ...{ architectures: ['FalconForCausalLM'], vocab_size: vocabulary, hidden_size: width, num_hidden_layers: layers },
  ...{ num_attention_heads: 4, layer_norm_epsilon: 1e-5, alibi: false, bias: false, parallel_attn: true },
};

export const smallDecoders = {
  llama: {
    config: { ...sizes, architectures: ['LlamaForCausalLM'], hidden_act: 'silu' },
    shapes: llamaLike(64, 32),
    steps: qwenSteps,
  },
  mistral: {
    config: { ...sizes, architectures: ['MistralForCausalLM'], tie_word_embeddings: false, sliding_window: 32 },
    shapes: [...llamaLike(64, 32), ['lm_head.weight', [vocabulary, width]]],
    steps: qwenSteps,
  },
  qwen2: {
    config: { ...sizes, architectures: ['Qwen2ForCausalLM'], use_sliding_window: false, sliding_window: 32 },
    shapes: llamaLike(64, 32, (prefix) => [
      [`${prefix}.self_attn.q_proj.bias`, [64]],
      [`${prefix}.self_attn.k_proj.bias`, [32]],
      [`${prefix}.self_attn.v_proj.bias`, [32]],
    ]),
    steps: qwenSteps,
  },
  qwen2moe: {
    config: {
      ...{ ...sizes, architectures: ['Qwen2MoeForCausalLM'], num_experts: 2, num_experts_per_tok: 1 },
      ...{ moe_intermediate_size: 32, shared_expert_intermediate_size: 64, norm_topk_prob: false },
      tie_word_embeddings: false,
    },
    shapes: [
      ['lm_head.weight', [vocabulary, width]],
      ...llamaLike(
        64,
        32,
        (prefix) => [
          ...(['q_proj', 'k_proj', 'v_proj'] as const).map((part): [string, number[]] => [
            `${prefix}.self_attn.${part}.bias`,
            [part === 'q_proj' ? 64 : 32],
          ]),
          [`${prefix}.mlp.gate.weight`, [2, width]],
          ...[0, 1].flatMap(
            (expert): Shapes => [
              [`${prefix}.mlp.experts.${expert}.gate_proj.weight`, [32, width]],
              [`${prefix}.mlp.experts.${expert}.up_proj.weight`, [32, width]],
              [`${prefix}.mlp.experts.${expert}.down_proj.weight`, [width, 32]],
            ],
          ),
          [`${prefix}.mlp.shared_expert_gate.weight`, [1, width]],
          [`${prefix}.mlp.shared_expert.gate_proj.weight`, [64, width]],
          [`${prefix}.mlp.shared_expert.up_proj.weight`, [64, width]],
          [`${prefix}.mlp.shared_expert.down_proj.weight`, [width, 64]],
        ],
        false,
      ),
    ],
    steps: qwenSteps,
  },
  gemma: {
    config: { ...sizes, architectures: ['GemmaForCausalLM'], head_dim: 16, hidden_act: 'gelu' },
    shapes: llamaLike(64, 32),
    tokenizer: writeByteFallbackTokenizer,
  },
  gemma2: {
    config: {
      ...{ ...gemma, architectures: ['Gemma2ForCausalLM'], attn_logit_softcapping: 50, final_logit_softcapping: 30 },
    },
    shapes: llamaLike(64, 32, gemmaNorms),
    tokenizer: writeByteFallbackTokenizer,
  },
  gemma3: {
    config: {
      ...{ ...gemma, architectures: ['Gemma3ForCausalLM'], rope_theta: 1_000_000, rope_local_base_freq: 10_000 },
      rope_scaling: { rope_type: 'linear', factor: 8 },
    },
    shapes: llamaLike(64, 32, (prefix) => [
      ...gemmaNorms(prefix),
      [`${prefix}.self_attn.q_norm.weight`, [16]],
      [`${prefix}.self_attn.k_norm.weight`, [16]],
    ]),
    tokenizer: writeByteFallbackTokenizer,
  },
  phi2: {
    config: {
      ...{ architectures: ['PhiForCausalLM'], vocab_size: vocabulary, hidden_size: width, num_hidden_layers: layers },
      ...{ num_attention_heads: 4, intermediate_size: inner, max_position_embeddings: 128, layer_norm_eps: 1e-5 },
      ...{ partial_rotary_factor: 0.5, hidden_act: 'gelu_new', qk_layernorm: false, tie_word_embeddings: false },
    },
    shapes: [
      ['model.embed_tokens.weight', [vocabulary, width]],
      ...norm('model.final_layernorm'),
      ...withBias('lm_head', vocabulary, width),
      ...eachLayer((layer) => {
        const prefix = `model.layers.${layer}`;
        return [
          ...norm(`${prefix}.input_layernorm`),
          ...['q_proj', 'k_proj', 'v_proj', 'dense'].flatMap((part) =>
            withBias(`${prefix}.self_attn.${part}`, width, width),
          ),
          ...withBias(`${prefix}.mlp.fc1`, inner, width),
          ...withBias(`${prefix}.mlp.fc2`, width, inner),
        ];
      }),
    ],
    steps: gpt2Steps,
  },
  phi3: {
    config: { ...sizes, architectures: ['Phi3ForCausalLM'], tie_word_embeddings: false, sliding_window: 64 },
    shapes: [
      ['model.embed_tokens.weight', [vocabulary, width]],
      ['model.norm.weight', [width]],
      ['lm_head.weight', [vocabulary, width]],
      ...eachLayer((layer) => {
        const prefix = `model.layers.${layer}`;
        return [
          [`${prefix}.input_layernorm.weight`, [width]],
          [`${prefix}.post_attention_layernorm.weight`, [width]],
          [`${prefix}.self_attn.qkv_proj.weight`, [64 + 2 * 32, width]],
          [`${prefix}.self_attn.o_proj.weight`, [width, 64]],
          [`${prefix}.mlp.gate_up_proj.weight`, [2 * inner, width]],
          [`${prefix}.mlp.down_proj.weight`, [width, inner]],
        ];
      }),
    ],
    steps: gpt2Steps,
  },
  falcon: {
    config: { ...falcon, multi_query: true, new_decoder_architecture: false },
    shapes: [
      ['transformer.word_embeddings.weight', [vocabulary, width]],
      ...norm('transformer.ln_f'),
      ...eachLayer((layer) => {
        const prefix = `transformer.h.${layer}`;
        return [...norm(`${prefix}.input_layernorm`), ...falconLayer(prefix, 1)];
      }),
    ],
    steps: gpt2Steps,
  },
  falcon40: {
    config: { ...falcon, new_decoder_architecture: true, num_kv_heads: 2, multi_query: true },
    shapes: [
      ['transformer.word_embeddings.weight', [vocabulary, width]],
      ...norm('transformer.ln_f'),
      ...eachLayer((layer) => {
        const prefix = `transformer.h.${layer}`;
        return [...norm(`${prefix}.ln_attn`), ...norm(`${prefix}.ln_mlp`), ...falconLayer(prefix, 2)];
      }),
    ],
    steps: gpt2Steps,
  },
  bert: {
    config: {
      ...{ architectures: ['BertModel'], vocab_size: vocabulary, hidden_size: width, num_hidden_layers: layers },
      ...{ num_attention_heads: 4, intermediate_size: inner, max_position_embeddings: 128, layer_norm_eps: 1e-12 },
      ...{ type_vocab_size: 2, hidden_act: 'gelu', position_embedding_type: 'absolute' },
    },
    shapes: [
      ['embeddings.word_embeddings.weight', [vocabulary, width]],
      ['embeddings.position_embeddings.weight', [128, width]],
      ['embeddings.token_type_embeddings.weight', [2, width]],
      ...norm('embeddings.LayerNorm'),
      ...eachLayer((layer) => {
        const prefix = `encoder.layer.${layer}`;
        return [
          ...['query', 'key', 'value'].flatMap((part) => withBias(`${prefix}.attention.self.${part}`, width, width)),
          ...withBias(`${prefix}.attention.output.dense`, width, width),
          ...norm(`${prefix}.attention.output.LayerNorm`),
          ...withBias(`${prefix}.intermediate.dense`, inner, width),
          ...withBias(`${prefix}.output.dense`, width, inner),
          ...norm(`${prefix}.output.LayerNorm`),
        ];
      }),
    ],
    tokenizer: writeWordPieceTokenizer,
  },
} satisfies Record<string, SmallFamily>;
