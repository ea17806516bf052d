/** What most decoders share: the metadata that follows from config.json, and the parameters of rotary positions. */
import { usageError } from '../../command-line/errors.ts';
import { type GgufFields, type GgufMetadata, optional, real, text, textField } from '../gguf/format.ts';
import { ModelConfig } from './model-config.ts';
import { type SharedNumber, sharedFields, sharedValues } from './shared-numbers.ts';

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

/** Numbers that most architectures share, without those of rotary positions. */
export const decoderNumbers: readonly SharedNumber[] = [
  { key: 'block_count', names: ['num_hidden_layers', 'n_layer'], of: 'integer' },
  { key: 'context_length', names: ['max_position_embeddings', 'n_positions', 'n_ctx'], of: 'integer' },
  { key: 'embedding_length', names: ['hidden_size', 'n_embd'], of: 'integer' },
  { key: 'feed_forward_length', names: ['intermediate_size', 'n_inner'], of: 'integer' },
  { key: 'attention.head_count', names: ['num_attention_heads', 'n_head'], of: 'integer' },
  { key: 'attention.head_count_kv', names: ['num_key_value_heads'], of: 'integer', otherwise: 'optional' },
  { key: 'attention.layer_norm_rms_epsilon', names: ['rms_norm_eps'], of: 'real', otherwise: 'optional' },
  {
    ...{ key: 'attention.layer_norm_epsilon', names: ['layer_norm_eps', 'layer_norm_epsilon'] },
    ...{ of: 'real', otherwise: 'optional' },
  },
  { key: 'expert_count', names: ['num_local_experts', 'num_experts'], of: 'integer', otherwise: 'optional' },
  { key: 'expert_used_count', names: ['num_experts_per_tok'], of: 'integer', otherwise: 'optional' },
  { key: 'attention.key_length', names: ['head_dim'], of: 'integer', otherwise: 'optional' },
  { key: 'attention.value_length', names: ['head_dim'], of: 'integer', otherwise: 'optional' },
];

/** Keys that most architectures share. */
export function decoderFields(config: ModelConfig): GgufFields {
  return [...sharedFields(config, decoderNumbers), ...rotationFields(ropeParameters(config))];
}

/** Keys of rotary positions. Llama 3's scaling is a tensor instead. */
function rotationFields({ base, slidingBase, type, values }: RopeParameters): GgufFields {
  return [
    ...scalingFields(type, values),
    ...optional('rope.freq_base', real, base),
    ...optional('rope.freq_base_swa', real, slidingBase),
  ];
}

const scalingTypeKey = 'rope.scaling.type';

const stretch: SharedNumber = { key: 'rope.scaling.factor', names: ['factor'], of: 'real' };

/** Numbers of each scaling that is keys of the file. */
const scalingNumbers = new Map<string, readonly SharedNumber[]>([
  ['linear', [stretch]],
  [
    'yarn',
    [
      stretch,
      { key: 'rope.scaling.original_context_length', names: ['original_max_position_embeddings'], of: 'integer' },
      {
        ...{ key: 'rope.scaling.yarn_attn_factor', names: ['attention_factor', 'attn_factor'] },
        ...{ of: 'real', otherwise: 'optional' },
      },
      { key: 'rope.scaling.yarn_beta_fast', names: ['beta_fast'], of: 'real', otherwise: 'optional' },
      { key: 'rope.scaling.yarn_beta_slow', names: ['beta_slow'], of: 'real', otherwise: 'optional' },
    ],
  ],
]);

function scalingFields(type: string, values: ModelConfig): GgufFields {
  const numbers = scalingNumbers.get(type);
  return numbers === undefined ? [] : [[scalingTypeKey, text(type)], ...sharedFields(values, numbers)];
}

/** `rope_scaling` of config.json for a scaling that is keys of the file; undefined where it has none that is known. */
export function scalingOfFile(metadata: GgufMetadata, architecture: string): Record<string, unknown> | undefined {
  const type = textField(metadata, `${architecture}.${scalingTypeKey}`);
  const numbers = scalingNumbers.get(type ?? defaultRope);
  return numbers && { rope_type: type, ...sharedValues(metadata, architecture, numbers) };
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
