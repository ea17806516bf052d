/**
 * The model's tokenizer as clients ask for it: `/tokenize`, `/detokenize` and `/tokenizer_info`, with the fields of vLLM and of
 * llama-server. No seat at an engine is needed.
 */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Engine } from '../engine/engine.ts';
import { RequestRefused } from '../engine/pool/slots.ts';
import { isName, type ServedModel, type Service } from './admission.ts';
import { badRequest, modelNotFound } from './api-error.ts';
import { messagesSchema, promptOfMessages, readTokenIds } from './prompt-requests.ts';
import { nameIgnored, parseBody } from './request-fields.ts';

const tokenizeSchema = z.looseObject({
  model: z.string().nullish(),
  /** Exactly one of these three: as vLLM, as llama-server, and as vLLM for a conversation. */
  prompt: z.string().nullish(),
  content: z.string().nullish(),
  messages: messagesSchema.nullish(),
  /** Put the BOS token in front, where the model wants one; vLLM's default for a prompt is true, llama-server's false. */
  add_special_tokens: z.boolean().nullish(),
  add_special: z.boolean().nullish(),
  /** False: the text of special tokens is ordinary text. */
  parse_special: z.boolean().nullish(),
  add_generation_prompt: z.literal(true, { error: 'only true is supported here' }).nullish(),
  /** The texts of the tokens too, as vLLM and as llama-server have them. */
  return_token_strs: z.boolean().nullish(),
  with_pieces: z.boolean().nullish(),
});

const detokenizeSchema = z.looseObject({ model: z.string().nullish(), tokens: z.unknown().optional() });

/** @throws ApiError 400, 404 */
export async function tokenizeRequest(service: Service, received: unknown, reply: FastifyReply): Promise<object> {
  const { body, ignored } = parseBody(tokenizeSchema, received, false);
  nameIgnored(reply, ignored);
  requireModel(service.model, body.model);
  const text = await textToTokenize(service, body);
  const engine = anyEngine(service);
  const { ids } = await engine.tokenize(text, body.parse_special === false);
  const pieces = body.return_token_strs || body.with_pieces ? await engine.detokenize(ids, true) : [];
  return {
    count: ids.length,
    max_model_len: service.model.contextTokens,
    tokens: body.with_pieces ? ids.map((id, i) => ({ id, piece: pieces[i] })) : ids,
    ...(body.return_token_strs ? { token_strs: pieces } : {}),
  };
}

async function textToTokenize({ model }: Service, body: z.infer<typeof tokenizeSchema>): Promise<string> {
  const { prompt, content, messages } = body;
  const given = [prompt, content, messages].filter((one) => one != null);
  if (given.length !== 1) throw badRequest('one of "prompt", "content" and "messages" is needed', 'prompt');
  const text = messages == null ? (prompt ?? content ?? '') : await promptOfMessages(messages, model.template);
  const special = body.add_special_tokens ?? body.add_special ?? prompt != null;
  return special ? model.begin(text) : text;
}

/** @throws ApiError 400, 404 */
export async function detokenizeRequest(service: Service, received: unknown, reply: FastifyReply): Promise<object> {
  const { body, ignored } = parseBody(detokenizeSchema, received, false);
  nameIgnored(reply, ignored);
  requireModel(service.model, body.model);
  const tokens = readTokenIds(body.tokens, 'tokens', service.model.vocabulary, 'a list of token ids');
  const text = (await anyEngine(service).detokenize(tokens, true)).join('');
  // The same by its names in vLLM and in llama-server.
  return { prompt: text, content: text };
}

/** What clients with a tokenizer of their own compare with it. */
export function tokenizerInfo({ id, vocabulary, contextTokens, tokenizer }: ServedModel): object {
  return {
    name: id,
    ...(Number.isSafeInteger(vocabulary + 1) ? { vocab_size: vocabulary } : {}),
    model_max_length: contextTokens,
    bos_token: tokenizer.bosToken,
    eos_token: tokenizer.eosToken,
    add_bos_token: tokenizer.addBosToken,
    chat_template: tokenizer.chatTemplate,
  };
}

function requireModel(model: ServedModel, asked: string | null | undefined): void {
  if (asked != null && !isName(model, asked)) throw modelNotFound(asked, model.id);
}

/** @throws RequestRefused while no engine is up */
function anyEngine({ pool }: Service): Engine {
  const [engine] = pool.engines;
  if (engine === undefined) throw new RequestRefused('unavailable', 'no engine is up');
  return engine;
}
