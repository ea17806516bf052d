/** Sizes of a model as MLC's configuration has them: the fields of the model's own config.json. Runs in a browser too. */

type Count = number | null | undefined;

/** GPT-2 has names of its own. */
interface MlcShape {
  hidden_size?: Count;
  n_embd?: Count;
  num_hidden_layers?: Count;
  n_layer?: Count;
  num_attention_heads?: Count;
  n_head?: Count;
  num_key_value_heads?: Count;
  head_dim?: Count;
}

/** Gemma 3 keeps what is about its text apart. */
export type MlcModelConfig = MlcShape & { text_config?: MlcShape | null | undefined };

export function mlcLayers(config: MlcModelConfig): number {
  const shape = { ...config, ...config.text_config };
  return shape.num_hidden_layers ?? shape.n_layer ?? 0;
}

/** Elements of keys and values that one cached position takes, all layers together. */
export function mlcKvElementsPerPosition(config: MlcModelConfig): number {
  const shape = { ...config, ...config.text_config };
  const heads = shape.num_attention_heads ?? shape.n_head ?? 1;
  const width = shape.hidden_size ?? shape.n_embd ?? 0;
  return mlcLayers(config) * (shape.num_key_value_heads ?? heads) * (shape.head_dim || width / heads) * 2;
}
