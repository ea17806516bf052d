/** Sizes and shapes that tiny models of all families are made of. */

export const width = 64;
export const inner = 96;
export const vocabulary = 512;
export const layers = 2;

export const sizes = {
  ...{ vocab_size: vocabulary, hidden_size: width, intermediate_size: inner, num_hidden_layers: layers },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 128, rms_norm_eps: 1e-5 },
  ...{ rope_theta: 10000, tie_word_embeddings: true },
};

export type Shapes = Array<[name: string, shape: readonly number[]]>;

export const eachLayer = (shapes: (layer: number) => Shapes): Shapes =>
  Array.from({ length: layers }, (_, layer) => shapes(layer)).flat();

/** @param head rows of queries, and of keys and of values */
export function llamaLike(
  queries: number,
  keys: number,
  more: (prefix: string) => Shapes = () => [],
  feedForward = true,
): Shapes {
  return [
    ['model.embed_tokens.weight', [vocabulary, width]],
    ['model.norm.weight', [width]],
    ...eachLayer((layer) => {
      const prefix = `model.layers.${layer}`;
      return [
        [`${prefix}.input_layernorm.weight`, [width]],
        [`${prefix}.post_attention_layernorm.weight`, [width]],
        [`${prefix}.self_attn.q_proj.weight`, [queries, width]],
        [`${prefix}.self_attn.k_proj.weight`, [keys, width]],
        [`${prefix}.self_attn.v_proj.weight`, [keys, width]],
        [`${prefix}.self_attn.o_proj.weight`, [width, queries]],
        ...(feedForward
          ? ([
              [`${prefix}.mlp.gate_proj.weight`, [inner, width]],
              [`${prefix}.mlp.up_proj.weight`, [inner, width]],
              [`${prefix}.mlp.down_proj.weight`, [width, inner]],
            ] satisfies Shapes)
          : []),
        ...more(prefix),
      ];
    }),
  ];
}

export const withBias = (name: string, outputs: number, inputs: number): Shapes => [
  [`${name}.weight`, [outputs, inputs]],
  [`${name}.bias`, [outputs]],
];
export const norm = (name: string): Shapes => [
  [`${name}.weight`, [width]],
  [`${name}.bias`, [width]],
];

export interface SmallFamily {
  config: Record<string, unknown>;
  shapes: Shapes;
  /** How a byte-level tokenizer splits; absent: it has another one. */
  steps?: unknown;
  tokenizer?: (folder: string) => Promise<void>;
}
