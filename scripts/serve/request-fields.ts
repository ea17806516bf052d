/** The fields that both kinds of completion share. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { badRequest } from './api-error.ts';
import type { Prompt } from './generation.ts';
import { ignoredFields, refuseUnsupported } from './unsupported-fields.ts';

const longestStop = 256;
/** OpenAI's limit is 4; editors send more. */
const mostStops = 16;
const stop = z.string().min(1).max(longestStop);

/**
 * -1 is the word of llama-server and others for "as many as there is room for".
 * @param least of an answer
 */
export const tokenLimitFrom = (least: number) =>
  z
    .union([z.int().min(least), z.literal(-1).transform(() => undefined)], {
      error: `expected a whole number above ${least - 1}`,
    })
    .nullish();
const tokenLimit = tokenLimitFrom(1);

/** How many of the most probable tokens may be asked for at each position; OpenAI's own limit in chats. */
const mostAlternatives = 20;
export const alternatives = z.int().min(0).max(mostAlternatives);

/** Fields that are not here are ignored and named in a header, as OpenAI's clients may send new ones at any time. */
export const sharedFields = {
  model: z.string(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: tokenLimit,
  /** As llama-server has it, the same. */
  n_predict: tokenLimit,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
  stop: z.union([stop, z.array(stop).max(mostStops)]).nullish(),
  /** As llama-server and vLLM have it: go on to `max_tokens`, whatever comes. */
  ignore_eos: z.boolean().nullish(),
  /** As vLLM has it: the ids of the generated tokens with the answer. */
  return_token_ids: z.boolean().nullish(),
};

/** What a request asks for, whichever kind it is. */
export interface Asked extends ReturnType<typeof sharedOf> {
  /** At least one; each has an answer of its own. */
  prompts: readonly Prompt[];
  /** Answers begin with their prompts. */
  echo: boolean;
  /** How many of the most probable tokens are wanted at each position, beside the one that came; undefined: no probabilities. */
  alternatives: number | undefined;
}

type SharedFields = z.infer<z.ZodObject<typeof sharedFields>>;

export function sharedOf({ body, ignored }: ReadFields<SharedFields>) {
  if (body.stream_options != null && body.stream !== true) {
    throw badRequest('"stream_options" makes sense with "stream": true only', 'stream_options');
  }
  return {
    model: body.model,
    stream: body.stream ?? false,
    /** A closing chunk with the numbers of tokens. */
    includeUsage: body.stream_options?.include_usage ?? false,
    /** Undefined: as many as there is room for. */
    maxTokens: body.max_tokens ?? body.n_predict ?? undefined,
    /** Undefined: the endpoint's default. */
    temperature: body.temperature ?? undefined,
    topP: body.top_p ?? 1,
    /** Undefined: any. -1 is the word of llama-server and others for that. */
    seed: body.seed === -1 ? undefined : (body.seed ?? undefined),
    stop: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []),
    ignoreEndOfSequence: body.ignore_eos ?? false,
    returnTokenIds: body.return_token_ids ?? false,
    /** Fields that were neither read nor refused. */
    ignored,
  };
}

export interface ReadFields<T> {
  body: T;
  ignored: readonly string[];
}

/**
 * Checks a body and gives it its type.
 * @param defaultTemperature of requests that set none
 * @throws ApiError 400 that names the field
 */
export function readFields<S extends z.ZodObject<typeof sharedFields>>(
  schema: S,
  body: unknown,
  defaultTemperature: number,
): ReadFields<z.infer<S>> {
  const given = typeof body === 'object' && body !== null && 'temperature' in body ? body.temperature : undefined;
  return parseBody(schema, body, (given ?? defaultTemperature) !== 0);
}

/**
 * Checks the body of any request and gives it its type.
 * @param drawn whether tokens are drawn, see refuseUnsupported
 * @throws ApiError 400 that names the field
 */
export function parseBody<S extends z.ZodObject>(schema: S, body: unknown, drawn: boolean): ReadFields<z.infer<S>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('the body is not a JSON object');
  }
  refuseUnsupported(body, drawn);
  const parsed = schema.safeParse(body);
  if (parsed.success) return { body: parsed.data, ignored: ignoredFields(body, new Set(Object.keys(schema.shape))) };
  const [issue] = parsed.error.issues;
  const path = pathText(issue?.path ?? []);
  throw badRequest(path === '' ? 'the body is not valid' : `"${path}": ${issue?.message}`, path);
}

/** Names in a header what was neither read nor refused. */
export function nameIgnored(reply: FastifyReply, ignored: readonly string[]): void {
  // On the reply itself: a stream writes its own head.
  if (ignored.length > 0) reply.raw.setHeader('x-tokenlap-ignored', ignored.join(', '));
}

/** `messages[0].content` */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
