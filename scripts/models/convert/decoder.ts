/** What most decoders share: the metadata that follows from config.json, and the parameters of rotary positions. */
import { usageError } from '../../command-line/errors.ts';
import { type GgufFields, integer, optional, real, text } from '../gguf/format.ts';
import { ModelConfig } from './model-config.ts';

/** `hidden_act` where llama.cpp computes GELU: all of these become its approximation with tanh. */
export const geluNames = ['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'gelu_fast'];
/** `hidden_act` where llama.cpp computes SiLU. */
export const siluNames = ['silu', 'swish'];

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

/** Keys that most architectures share. */
export function decoderFields(config: ModelConfig): GgufFields {
  return [
    ['block_count', integer(config.required('num_hidden_layers', 'n_layer'))],
    ['context_length', integer(config.required('max_position_embeddings', 'n_positions', 'n_ctx'))],
    ['embedding_length', integer(config.required('hidden_size', 'n_embd'))],
    ['feed_forward_length', integer(config.required('intermediate_size', 'n_inner'))],
    ['attention.head_count', integer(config.required('num_attention_heads', 'n_head'))],
    ...optional('attention.head_count_kv', integer, config.number('num_key_value_heads')),
    ...rotationFields(ropeParameters(config)),
    ...optional('attention.layer_norm_rms_epsilon', real, config.number('rms_norm_eps')),
    ...optional('attention.layer_norm_epsilon', real, config.number('layer_norm_eps', 'layer_norm_epsilon')),
    ...optional('expert_count', integer, config.number('num_local_experts', 'num_experts')),
    ...optional('expert_used_count', integer, config.number('num_experts_per_tok')),
    ...optional('attention.key_length', integer, config.number('head_dim')),
    ...optional('attention.value_length', integer, config.number('head_dim')),
  ];
}

/** Keys of rotary positions. Llama 3's scaling is a tensor instead. */
function rotationFields({ base, slidingBase, type, values }: RopeParameters): GgufFields {
  return [
    ...scalingFields(type, values),
    ...optional('rope.freq_base', real, base),
    ...optional('rope.freq_base_swa', real, slidingBase),
  ];
}

function scalingFields(type: string, values: ModelConfig): GgufFields {
  if (type !== 'linear' && type !== 'yarn') return [];
  const fields: GgufFields = [
    ['rope.scaling.type', text(type)],
    ['rope.scaling.factor', real(values.required('factor'))],
  ];
  if (type === 'linear') return fields;
  return [
    ...fields,
    ['rope.scaling.original_context_length', integer(values.required('original_max_position_embeddings'))],
    ...optional('rope.scaling.yarn_attn_factor', real, values.number('attention_factor', 'attn_factor')),
    ...optional('rope.scaling.yarn_beta_fast', real, values.number('beta_fast')),
    ...optional('rope.scaling.yarn_beta_slow', real, values.number('beta_slow')),
  ];
}

/** Plain rotation. */
const defaultRope = 'default';

export interface RopeParameters {
  base: number | undefined;
  /** Base of layers with a sliding window, if it differs. */
  slidingBase: number | undefined;
  /** 'default', 'linear', 'llama3', 'longrope', 'yarn', ... */
  type: string;
  /** Everything else that the scaling needs. */
  values: ModelConfig;
}

export function ropeParameters(config: ModelConfig): RopeParameters {
  const own = config.object('rope_parameters') ?? config.object('rope_scaling');
  const values = own?.object('full_attention') ?? own ?? new ModelConfig({}, config.file);
  const [type, olderType] = [values.text('rope_type'), values.text('type')];
  const [base, olderBase] = [values.number('rope_theta'), config.number('rope_theta', 'rotary_emb_base')];
  const slidingBase = own?.object('sliding_attention')?.number('rope_theta');
  const olderSlidingBase = config.number('rope_local_base_freq');
  return {
    base: base ?? olderBase,
    slidingBase: slidingBase ?? olderSlidingBase,
    type: (type ?? olderType ?? defaultRope).toLowerCase(),
    values,
  };
}

/** @throws UserError for a scaling that the files of this family cannot say */
export function requireRopeType(config: ModelConfig, known: readonly string[] = []): void {
  const { type } = ropeParameters(config);
  if (type === defaultRope || known.includes(type)) return;
  const converted = known.length === 0 ? 'none is' : `${known.join(', ')} ${known.length === 1 ? 'is' : 'are'}`;
  throw usageError(
    `${config.file} asks for the scaling "${type}" of rotary positions, and of this family ${converted} converted`,
    'Without it the file would be another model. Try --tool llama.cpp.',
  );
}
