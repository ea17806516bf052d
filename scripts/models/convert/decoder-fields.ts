/** The keys that most decoders have, by the names of config.json. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { type Fields, integer, real, text } from './family.ts';
import { type ModelConfig, type RopeParameters, ropeParameters } from './model-config.ts';

export function headDimension(config: ModelConfig): number {
  const said = config.number('head_dim');
  if (said !== undefined) return said;
  const [hidden, heads] = [config.required('hidden_size'), config.required('num_attention_heads')];
  const dimension = hidden / heads;
  if (Number.isInteger(dimension)) return dimension;
  throw new UserError(`${config.file} divides hidden_size = ${hidden} among num_attention_heads = ${heads}`, {
    exitCode: exitCodes.usage,
    remedy: 'It is damaged: fetch it again.',
  });
}

/** Everything but what is particular to a family. */
export function decoderFields(config: ModelConfig): Fields {
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

export function optional(value: number | undefined, fields: (value: number) => Fields): Fields {
  return value === undefined ? [] : fields(value);
}

/** Llama 3's scaling is a tensor: the rest stands in keys. */
function rotationFields({ base, slidingBase, type, values }: RopeParameters): Fields {
  return [
    ...scalingFields(type, values),
    ...optional(base, (value) => [['rope.freq_base', real(value)]]),
    ...optional(slidingBase, (value) => [['rope.freq_base_swa', real(value)]]),
  ];
}

function scalingFields(type: string, values: ModelConfig): Fields {
  if (type !== 'linear' && type !== 'yarn') return [];
  return [
    ['rope.scaling.type', text(type)],
    ['rope.scaling.factor', real(values.required('factor'))],
    ...(type === 'yarn' ? yarnFields(values) : []),
  ];
}

function yarnFields(values: ModelConfig): Fields {
  return [
    ['rope.scaling.original_context_length', integer(values.required('original_max_position_embeddings'))],
    ...optional(values.number('attention_factor', 'attn_factor'), (value) => [
      ['rope.scaling.yarn_attn_factor', real(value)],
    ]),
    ...optional(values.number('beta_fast'), (value) => [['rope.scaling.yarn_beta_fast', real(value)]]),
    ...optional(values.number('beta_slow'), (value) => [['rope.scaling.yarn_beta_slow', real(value)]]),
  ];
}
