/**
 * Keys of config.json that a converter does not carry over. Keys of bookkeeping, training and sampling change nothing
 * that a model computes; others do unless they have the value that every model had before the key was invented. A key in
 * neither list is not understood, and then the file might be another model.
 */
import { usageError } from '../../command-line/errors.ts';
import type { ConfigEntry, ModelConfig } from './model-config.ts';

/** Values under which a key changes nothing; none: it always does. */
export type AllowedValues = Readonly<Record<string, readonly unknown[]>>;

/** Names in one text, with white space between them. */
export function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** Names of programs, files and components. */
const bookkeeping = words(`
  architectures model_type torch_dtype dtype transformers_version _name_or_path auto_map use_cache cache_implementation
  return_dict torchscript use_bfloat16 tf_legacy_loss vocab_size output_attentions output_hidden_states id2label label2id
  num_labels problem_type prefix tokenizer_class task_specific_params finetuning_task chunk_size_feed_forward
  max_sequence_length _attn_implementation _attn_implementation_autoset attn_implementation use_flash_attention_2
  _commit_hash is_llama_config transformers.js_config unsloth_version unsloth_fixed pretraining_tp is_decoder
  tie_encoder_decoder cross_attention_hidden_size finetuned`);

/** Settings of training and initialisation. */
const training = words(`
  initializer_range initializer_factor gradient_checkpointing router_aux_loss_coef output_router_logits
  router_jitter_noise neftune_noise_alpha max_shard_size`);

/** Settings of sampling, which a run defines itself. */
const sampling = words(`
  max_length max_new_tokens min_length do_sample early_stopping num_beams num_beam_groups diversity_penalty temperature
  top_k top_p typical_p repetition_penalty length_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size bad_words_ids
  num_return_sequences output_scores return_dict_in_generate remove_invalid_values exponential_decay_length_penalty
  suppress_tokens begin_suppress_tokens`);

const harmlessKeys = new Set<string>([...bookkeeping, ...training, ...sampling]);
const harmlessNames = /(^|_)(dropout|pdrop)(_|$)|_token_ids?$/;

/** Features of variants that no converter here supports, with the values that switch them off. */
const neutralValues: AllowedValues = {
  ...allWith(
    [false],
    `attention_bias mlp_bias qkv_bias lm_head_bias qk_norm use_qk_norm qk_layernorm rope_interleaved alibi
    use_sliding_window use_bidirectional_attention is_encoder_decoder add_cross_attention`,
  ),
  ...allWith([true], 'is_causal'),
  ...allWith([0], 'num_nextn_predict_layers'),
  ...allWith(
    [1],
    'partial_rotary_factor rotary_pct logits_scaling embedding_multiplier residual_multiplier logit_scale',
  ),
  ...allWith(
    [],
    `clip_qkv sliding_window attn_logit_softcapping final_logit_softcapping attention_multiplier query_pre_attn_scalar
    quantization_config`,
  ),
  ...allWith([{}], 'pruned_heads'),
  ...allWith(['default'], 'rope_type'),
};

function allWith(values: readonly unknown[], names: string): AllowedValues {
  return Object.fromEntries(words(names).map((name) => [name, values]));
}

/** Every layer of the same kind. */
const fullAttention = 'full_attention';

export interface Understanding {
  /** Values that the converter's files can express; they take precedence over the neutral ones. */
  fixed: AllowedValues;
  /** Keys that change nothing in these models. */
  harmless: readonly string[];
  /** Unknown keys that the user accepts. */
  accepted: readonly string[];
}

/** @throws UserError naming what the conversion would leave out */
export function requireUnderstood(config: ModelConfig, { fixed, harmless, accepted }: Understanding): void {
  const consequential = { ...neutralValues, ...fixed };
  const left = config.entries().filter(({ name, isRead }) => {
    if (fixed[name] !== undefined) return true;
    return !isRead && !harmlessKeys.has(name) && !harmlessNames.test(name) && !harmless.includes(name);
  });
  const wrong = left.filter(({ name, value }) => {
    if (name === 'layer_types' && consequential[name] === undefined) return !isAll(value, fullAttention);
    return consequential[name] !== undefined && !consequential[name].some((allowed) => isSame(allowed, value));
  });
  if (wrong.length > 0) {
    throw usageError(
      `${config.file} says ${list(wrong)}, and the converted file would be another model`,
      'Such a model is not converted here. --tool llama.cpp may know it: check its answers before you measure it.',
    );
  }
  const known = (name: string) => consequential[name] !== undefined || name === 'layer_types';
  const unknown = left.filter(({ name, path }) => !known(name) && !accepted.includes(path));
  if (unknown.length === 0) return;
  const names = unknown.map(({ path }) => path).join(',');
  throw usageError(
    `${config.file} says ${list(unknown)}, which is not known here`,
    `Try --tool llama.cpp. If it changes nothing that the model computes: --accept-config ${names}`,
  );
}

function isAll(value: unknown, item: string): boolean {
  return Array.isArray(value) && value.every((kind) => kind === item);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const shownKeys = 4;
const shownLength = 60;

function list(keys: readonly ConfigEntry[]): string {
  const shown = keys.slice(0, shownKeys).map(({ path, value }) => {
    const text = JSON.stringify(value);
    return `${path} = ${text.length > shownLength ? `${text.slice(0, shownLength)}...` : text}`;
  });
  const more = keys.length > shown.length ? ` and ${keys.length - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
}
