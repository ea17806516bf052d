/** The fields that both kinds of completion share, and those that this endpoint refuses rather than silently ignore. */
import { z } from 'zod';
import { badRequest } from './api-error.ts';

const longestStop = 256;
const stop = z.string().min(1).max(longestStop);

/** Fields that are not here are ignored, as OpenAI's clients may send new ones at any time. */
export const sharedFields = {
  model: z.string(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().positive().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  seed: z.int().nullish(),
  stop: z.union([stop, z.array(stop).max(4)]).nullish(),
  /** As llama-server and vLLM have it: go on to `max_tokens`, whatever comes. */
  ignore_eos: z.boolean().nullish(),
  /** As vLLM has it: the ids of the generated tokens with the answer. */
  return_token_ids: z.boolean().nullish(),
};

/** What a request asks for, whichever kind it is. */
export interface Asked {
  model: string;
  /** Text with special tokens written out, or token ids. */
  prompt: string | readonly number[];
  stream: boolean;
  /** A closing chunk with the numbers of tokens. */
  includeUsage: boolean;
  /** Undefined: as many as there is room for. */
  maxTokens: number | undefined;
  /** Undefined: the endpoint's default. */
  temperature: number | undefined;
  seed: number | undefined;
  stop: readonly string[];
  ignoreEndOfSequence: boolean;
  returnTokenIds: boolean;
}

type SharedFields = z.infer<z.ZodObject<typeof sharedFields>>;

export function sharedOf(body: SharedFields): Omit<Asked, 'prompt'> {
  if (body.stream_options != null && body.stream !== true) {
    throw badRequest('"stream_options" makes sense with "stream": true only', 'stream_options');
  }
  return {
    model: body.model,
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
    maxTokens: body.max_tokens ?? undefined,
    temperature: body.temperature ?? undefined,
    seed: body.seed ?? undefined,
    stop: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []),
    ignoreEndOfSequence: body.ignore_eos ?? false,
    returnTokenIds: body.return_token_ids ?? false,
  };
}

/** What is refused, and the only values that say nothing and so are taken; null always is. */
const neutral = new Map<string, (value: unknown) => boolean>([
  ['n', (value) => value === 1],
  ['best_of', (value) => value === 1],
  ['top_p', (value) => value === 1],
  ['frequency_penalty', (value) => value === 0],
  ['presence_penalty', (value) => value === 0],
  ['logit_bias', isEmpty],
  ['logprobs', (value) => value === false],
  ['top_logprobs', (value) => value === 0],
  ['echo', (value) => value === false],
  ['suffix', (value) => value === ''],
  ['tools', isEmpty],
  ['functions', isEmpty],
  ['tool_choice', (value) => value === 'none' || value === 'auto'],
  ['function_call', (value) => value === 'none' || value === 'auto'],
  [
    'response_format',
    (value) => typeof value === 'object' && value !== null && 'type' in value && value.type === 'text',
  ],
  ['modalities', (value) => Array.isArray(value) && value.every((modality) => modality === 'text')],
  ['audio', () => false],
  ['prediction', () => false],
]);

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/**
 * Checks a body and gives it its type.
 * @throws ApiError 400 that names the field
 */
export function readFields<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('the body is not a JSON object');
  }
  for (const [field, value] of Object.entries(body)) {
    if (value === null || neutral.get(field)?.(value) !== false) continue;
    throw badRequest(`"${field}": ${shown(value)} is not supported here`, field, 'unsupported_parameter');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = pathText(issue?.path ?? []);
  throw badRequest(path === '' ? 'the body is not valid' : `"${path}": ${issue?.message}`, path);
}

/** `messages[0].content` */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
