/** Fields that this endpoint does not have: those that would change the answer are refused, the others named as ignored. */
import { badRequest } from './api-error.ts';

/** Whether a value says nothing, so that an answer without the field is the answer asked for. Null always is. */
type SaysNothing = (value: unknown, body: object) => boolean;

const is =
  (...values: readonly unknown[]): SaysNothing =>
  (value) =>
    values.includes(value);
const never: SaysNothing = () => false;
const isEmpty: SaysNothing = (value) =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
const isText: SaysNothing = (value) =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'text';
const isTextAlone: SaysNothing = (value) => Array.isArray(value) && value.every((modality) => modality === 'text');

/** OpenAI's own fields, and what llama-server, vLLM, Ollama and others have added: which values of them say nothing. */
const refused = new Map<string, SaysNothing>(
  (
    [
      [is(1), 'n best_of n_completions repetition_penalty repeat_penalty length_penalty'],
      [is(0, false), 'frequency_penalty presence_penalty prompt_logprobs n_keep'],
      [is(0), 'mirostat'],
      [is(false), 'use_beam_search continue_final_message raw'],
      [is('none', 'auto'), 'tool_choice function_call'],
      [saysNothingOfLength, 'min_tokens'],
      [isEmpty, 'logit_bias tools functions suffix options chat_template_kwargs stop_token_ids bad_words format'],
      [isEmpty, 'grammar json_schema guided_json guided_regex guided_choice guided_grammar structured_outputs'],
      [never, 'audio chat_template web_search_options lora images'],
      [isText, 'response_format'],
      [isTextAlone, 'modalities'],
    ] as const
  ).flatMap(([saysNothing, names]) => names.split(' ').map((name) => [name, saysNothing] as const)),
);

/** They thin out what is drawn from; where nothing is drawn they change nothing. */
const refusedWhereDrawn = new Map<string, SaysNothing>([
  ['top_k', is(0, -1)],
  ['min_p', is(0)],
  ['typical_p', is(1)],
  ['tfs_z', is(1)],
  ['dynatemp_range', is(0)],
  ['xtc_probability', is(0)],
  ['dry_multiplier', is(0)],
  ['samplers', isEmpty],
]);

/** Fewest tokens of an answer. Whoever ignores the end of a sequence, and stops at no string, gets `max_tokens` of them anyway. */
function saysNothingOfLength(value: unknown, body: object): boolean {
  const stop: unknown = 'stop' in body ? body.stop : null;
  const stops = stop !== null && !(Array.isArray(stop) && stop.length === 0);
  return value === 0 || ('ignore_eos' in body && body.ignore_eos === true && !stops);
}

/**
 * @param drawn whether tokens are drawn, not the most probable ones taken
 * @throws ApiError 400 that names the first field that would change the answer
 */
export function refuseUnsupported(body: object, drawn: boolean): void {
  for (const [field, value] of Object.entries(body)) {
    const saysNothing = refused.get(field) ?? (drawn ? refusedWhereDrawn.get(field) : undefined);
    if (value === null || saysNothing === undefined || saysNothing(value, body)) continue;
    throw badRequest(`"${field}": ${shown(value)} is not supported here`, field, 'unsupported_parameter');
  }
}

const mostNamed = 20;

/** What a request has that is neither read nor refused, for the header that says so. @param read names of fields */
export function ignoredFields(body: object, read: ReadonlySet<string>): string[] {
  return (
    Object.entries(body)
      .filter(([field, value]) => value !== null && !read.has(field) && !refused.has(field))
      .map(([field]) => field)
      // Whatever else there may be in a name does not belong into a header.
      .filter((field) => /^[\w.-]{1,64}$/.test(field))
      .slice(0, mostNamed)
  );
}

const deepest = 8;

/** A JSON.stringify that no depth can end. */
function shown(value: unknown): string {
  const text = depthOf(value) > deepest ? 'what is nested so deep' : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

/** How deep it is nested, counted no further than is asked. */
function depthOf(value: unknown): number {
  let level: unknown[] = [value];
  for (let depth = 0; ; depth++) {
    const inner = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (inner.length === 0 || depth > deepest) return depth;
    level = inner;
  }
}
