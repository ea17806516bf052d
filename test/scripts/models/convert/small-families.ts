/** A tiny model of random weights for each family, by the names and shapes of transformers. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { modelFolder } from '../model-folder.ts';
import { smallDecoders } from './small-decoders.ts';
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
import {
  type FolderTensor,
  floats,
  gpt2Steps,
  qwenSteps,
  writeByteLevelTokenizer,
  writeJson,
  writeSafetensors,
} from './source-folders.ts';

export const smallFamilies = {
  ...smallDecoders,
  mixtral: {
    config: { ...sizes, architectures: ['MixtralForCausalLM'], num_local_experts: 4, num_experts_per_tok: 2 },
    shapes: llamaLike(
      64,
      32,
      (prefix) => [
        [`${prefix}.block_sparse_moe.gate.weight`, [4, width]],
        ...[0, 1, 2, 3].flatMap(
          (expert): Shapes => [
            [`${prefix}.block_sparse_moe.experts.${expert}.w1.weight`, [inner, width]],
            [`${prefix}.block_sparse_moe.experts.${expert}.w2.weight`, [width, inner]],
            [`${prefix}.block_sparse_moe.experts.${expert}.w3.weight`, [inner, width]],
          ],
        ),
      ],
      false,
    ),
    steps: qwenSteps,
  },
  qwen3: {
    config: { ...sizes, architectures: ['Qwen3ForCausalLM'], head_dim: 32 },
    shapes: llamaLike(128, 64, (prefix) => [
      [`${prefix}.self_attn.q_norm.weight`, [32]],
      [`${prefix}.self_attn.k_norm.weight`, [32]],
    ]),
    steps: qwenSteps,
  },
  gpt2: {
    config: {
      ...{ architectures: ['GPT2LMHeadModel'], vocab_size: vocabulary, n_embd: width, n_layer: layers, n_head: 4 },
      ...{ n_positions: 128, layer_norm_epsilon: 1e-5 },
    },
    // Without the prefix, as the oldest files have it; matrices are inputs × outputs.
    shapes: [
      ['wte.weight', [vocabulary, width]],
      ['wpe.weight', [128, width]],
      ...norm('ln_f'),
      ...eachLayer((layer) => [
        [`h.${layer}.attn.bias`, [1, 1, 128, 128]],
        ...norm(`h.${layer}.ln_1`),
        ...norm(`h.${layer}.ln_2`),
        [`h.${layer}.attn.c_attn.weight`, [width, 3 * width]],
        [`h.${layer}.attn.c_attn.bias`, [3 * width]],
        [`h.${layer}.attn.c_proj.weight`, [width, width]],
        [`h.${layer}.attn.c_proj.bias`, [width]],
        [`h.${layer}.mlp.c_fc.weight`, [width, 4 * width]],
        [`h.${layer}.mlp.c_fc.bias`, [4 * width]],
        [`h.${layer}.mlp.c_proj.weight`, [4 * width, width]],
        [`h.${layer}.mlp.c_proj.bias`, [width]],
      ]),
    ],
    steps: gpt2Steps,
  },
  gptneox: {
    config: {
      ...{
        architectures: ['GPTNeoXForCausalLM'],
        vocab_size: vocabulary,
        hidden_size: width,
        num_hidden_layers: layers,
      },
      ...{ num_attention_heads: 4, intermediate_size: inner, max_position_embeddings: 128, layer_norm_eps: 1e-5 },
      ...{ rotary_pct: 0.25, rotary_emb_base: 10000 },
    },
    shapes: [
      ['gpt_neox.embed_in.weight', [vocabulary, width]],
      ['embed_out.weight', [vocabulary, width]],
      ...norm('gpt_neox.final_layer_norm'),
      ...eachLayer((layer) => {
        const prefix = `gpt_neox.layers.${layer}`;
        return [
          ...norm(`${prefix}.input_layernorm`),
          ...norm(`${prefix}.post_attention_layernorm`),
          ...withBias(`${prefix}.attention.query_key_value`, 3 * width, width),
          ...withBias(`${prefix}.attention.dense`, width, width),
          ...withBias(`${prefix}.mlp.dense_h_to_4h`, inner, width),
          ...withBias(`${prefix}.mlp.dense_4h_to_h`, width, inner),
        ];
      }),
    ],
    steps: gpt2Steps,
  },
  mamba: {
    config: {
      ...{ architectures: ['MambaForCausalLM'], vocab_size: vocabulary, hidden_size: width, num_hidden_layers: layers },
      ...{ state_size: 16, conv_kernel: 4, time_step_rank: 4, layer_norm_epsilon: 1e-5 },
    },
    shapes: [
      ['backbone.embeddings.weight', [vocabulary, width]],
      ['backbone.norm_f.weight', [width]],
      ...eachLayer((layer) => {
        const prefix = `backbone.layers.${layer}`;
        return [
          [`${prefix}.norm.weight`, [width]],
          [`${prefix}.mixer.in_proj.weight`, [4 * width, width]],
          [`${prefix}.mixer.conv1d.weight`, [2 * width, 1, 4]],
          [`${prefix}.mixer.conv1d.bias`, [2 * width]],
          [`${prefix}.mixer.x_proj.weight`, [4 + 2 * 16, 2 * width]],
          [`${prefix}.mixer.dt_proj.weight`, [2 * width, 4]],
          [`${prefix}.mixer.dt_proj.bias`, [2 * width]],
          [`${prefix}.mixer.A_log`, [2 * width, 16]],
          [`${prefix}.mixer.D`, [2 * width]],
          [`${prefix}.mixer.out_proj.weight`, [width, 2 * width]],
        ];
      }),
    ],
    steps: gpt2Steps,
  },
} satisfies Record<string, SmallFamily>;

export function isSmallFamily(name: string): name is keyof typeof smallFamilies {
  return Object.hasOwn(smallFamilies, name);
}

/** @param numbers of a tensor, by the index; a bell-like spread that keeps activations finite when absent */
export async function smallFolder(
  family: keyof typeof smallFamilies,
  changes: { config?: Record<string, unknown>; tensors?: (tensors: FolderTensor[]) => FolderTensor[] } = {},
): Promise<string> {
  const { config, shapes, steps, tokenizer }: SmallFamily = smallFamilies[family];
  const folder = join(modelFolder(), `small-${family}`);
  mkdirSync(folder);
  const tensors = shapes.map(([name, shape], place) =>
    floats(name, shape, (index) => (name.endsWith('norm.weight') ? 1 : Math.sin((index + 1) * (place + 1)) * 0.1)),
  );
  writeSafetensors(join(folder, 'model.safetensors'), changes.tensors?.(tensors) ?? tensors);
  writeJson(folder, 'config.json', { ...config, ...changes.config });
  await (tokenizer?.(folder) ?? writeByteLevelTokenizer(folder, steps));
  return folder;
}
