/** What most decoders share: the metadata that follows from config.json, and the names of their tensors. */
import { usageError } from '../../command-line/errors.ts';
import { type GgufFields, integer, real, text } from '../gguf/format.ts';
import { type ModelConfig, type RopeParameters, ropeParameters } from './model-config.ts';

export function headDimension(config: ModelConfig): number {
  const said = config.number('head_dim');
  if (said !== undefined) return said;
  const [hidden, heads] = [config.required('hidden_size'), config.required('num_attention_heads')];
  const dimension = hidden / heads;
  if (Number.isInteger(dimension)) return dimension;
  throw usageError(
    `${config.file} divides hidden_size = ${hidden} among num_attention_heads = ${heads}`,
    'It is damaged: fetch it again.',
  );
}

/** Everything but what is particular to a family. */
export function decoderFields(config: ModelConfig): GgufFields {
  const dimension = config.number('head_dim');
  return [
    ['block_count', integer(config.required('num_hidden_layers', 'n_layer'))],
    ['context_length', integer(config.required('max_position_embeddings', 'n_positions', 'n_ctx'))],
    ['embedding_length', integer(config.required('hidden_size', 'n_embd'))],
    ['feed_forward_length', integer(config.required('intermediate_size', 'n_inner'))],
    ['attention.head_count', integer(config.required('num_attention_heads', 'n_head'))],
    ...optional(config.number('num_key_value_heads'), (heads) => [['attention.head_count_kv', integer(heads)]]),
    ...rotationFields(ropeParameters(config)),
    ...optional(config.number('rms_norm_eps'), (value) => [['attention.layer_norm_rms_epsilon', real(value)]]),
    ...optional(config.number('layer_norm_eps', 'layer_norm_epsilon'), (value) => [
      ['attention.layer_norm_epsilon', real(value)],
    ]),
    ...optional(config.number('num_local_experts', 'num_experts'), (count) => [['expert_count', integer(count)]]),
    ...optional(config.number('num_experts_per_tok'), (count) => [['expert_used_count', integer(count)]]),
    ...optional(dimension, (width) => [
      ['attention.key_length', integer(width)],
      ['attention.value_length', integer(width)],
    ]),
  ];
}

export function optional(value: number | undefined, fields: (value: number) => GgufFields): GgufFields {
  return value === undefined ? [] : fields(value);
}

/** Llama 3's scaling is a tensor: the rest stands in keys. */
function rotationFields({ base, slidingBase, type, values }: RopeParameters): GgufFields {
  return [
    ...scalingFields(type, values),
    ...optional(base, (value) => [['rope.freq_base', real(value)]]),
    ...optional(slidingBase, (value) => [['rope.freq_base_swa', real(value)]]),
  ];
}

function scalingFields(type: string, values: ModelConfig): GgufFields {
  if (type !== 'linear' && type !== 'yarn') return [];
  return [
    ['rope.scaling.type', text(type)],
    ['rope.scaling.factor', real(values.required('factor'))],
    ...(type === 'yarn' ? yarnFields(values) : []),
  ];
}

function yarnFields(values: ModelConfig): GgufFields {
  return [
    ['rope.scaling.original_context_length', integer(values.required('original_max_position_embeddings'))],
    ...optional(values.number('attention_factor', 'attn_factor'), (value) => [
      ['rope.scaling.yarn_attn_factor', real(value)],
    ]),
    ...optional(values.number('beta_fast'), (value) => [['rope.scaling.yarn_beta_fast', real(value)]]),
    ...optional(values.number('beta_slow'), (value) => [['rope.scaling.yarn_beta_slow', real(value)]]),
  ];
}

/** From the names of transformers to those of llama.cpp: patterns with a layer's number, the first that fits wins. */

/** Pattern with `N` for the number of a layer, without `.weight` or `.bias`; the new name, `N` again for the number. */
export type NameTable = ReadonlyArray<readonly [from: string, to: string]>;

/** Not the one in 'LayerNorm'. */
const layerMark = /\bN\b/;

/** Prefixes under which the same decoder stands in models of several parts, or alone. */
const outerNames = /^(?:language_model\.|model\.language_model\.)/;

/**
 * @param prefix that files of the bare model, without its head, leave away: 'model.'
 * @returns undefined when no pattern fits
 */
export function ggufName(table: NameTable, source: string, prefix: string): string | undefined {
  const plain = source.startsWith('model.language_model.')
    ? source.replace('model.language_model.', 'model.')
    : source.replace(outerNames, '');
  return (
    match(table, plain) ??
    (plain.startsWith(prefix) ? match(table, plain.slice(prefix.length)) : match(table, prefix + plain))
  );
}

function match(table: NameTable, name: string): string | undefined {
  const [, stem = name, suffix = ''] = /^(.*?)(\.weight|\.bias)?$/.exec(name) ?? [];
  for (const [from, to] of table) {
    const layer = new RegExp(`^${from.replaceAll('.', '\\.').replace(layerMark, '(\\d+)')}$`).exec(stem);
    if (layer !== null) return to.replace(layerMark, layer[1] ?? '') + suffix;
  }
  return undefined;
}

/** The name that a source has for a tensor of a new file; undefined where it is made of several, or of numbers. */
export function sourceName(table: NameTable, name: string): string | undefined {
  const reversed = table.map(([from, to]): readonly [string, string] => [to, from]);
  return match(reversed, name);
}

export const llamaNames: NameTable = [
  ['model.embed_tokens', 'token_embd'],
  ['model.norm', 'output_norm'],
  ['lm_head', 'output'],
  ['model.layers.N.input_layernorm', 'blk.N.attn_norm'],
  ['model.layers.N.self_attn.q_proj', 'blk.N.attn_q'],
  ['model.layers.N.self_attn.k_proj', 'blk.N.attn_k'],
  ['model.layers.N.self_attn.v_proj', 'blk.N.attn_v'],
  ['model.layers.N.self_attn.o_proj', 'blk.N.attn_output'],
  ['model.layers.N.self_attn.q_norm', 'blk.N.attn_q_norm'],
  ['model.layers.N.self_attn.k_norm', 'blk.N.attn_k_norm'],
  ['model.layers.N.post_attention_layernorm', 'blk.N.ffn_norm'],
  ['model.layers.N.mlp.gate_proj', 'blk.N.ffn_gate'],
  ['model.layers.N.mlp.up_proj', 'blk.N.ffn_up'],
  ['model.layers.N.mlp.down_proj', 'blk.N.ffn_down'],
];
