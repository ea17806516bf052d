/** Identifies a server and how to ask it: with token ids or messages, with or without fields beyond OpenAI's. */
import { z } from 'zod';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { FailureKind } from '../../workloads/load/records.ts';
import { type GenerateOptions, RequestFailure } from '../framework.ts';
import { readUsage } from './delta.ts';
import { requestJson } from './event-request.ts';
import type { ServerAddress } from './server-address.ts';
import { serverFailure } from './server-failure.ts';

export interface Dialogue {
  model: string;
  asks: 'ids' | 'messages';
  /** Whether it may be sent `ignore_eos`, `cache_prompt` and `return_token_ids`, which local servers know or ignore. */
  extended: boolean;
}

/** A first answer may wait for the model to be loaded. */
const firstAnswerMs = 300_000;
const trialIds = [1, 2, 3];
/** Kinds of refusal of an unknown field; some servers report it as a fault of their own. */
const refusals: readonly FailureKind[] = ['client_error', 'server_error'];
const answerSchema = z.looseObject({ choices: z.array(z.unknown()).min(1), usage: z.unknown().optional() });

/** Finds out by asking for one token. @throws RequestFailure when it cannot be asked in any way, or not in the way wanted */
export async function agreeOn(address: ServerAddress, model: string): Promise<Dialogue> {
  const { promptForm } = address;
  if (promptForm !== 'messages') {
    const refused = await tryIds(address, model);
    if (refused === undefined) return { model, asks: 'ids', extended: true };
    if (promptForm === 'ids' || refused.kind === 'connection' || refused.kind === 'timeout') throw refused;
  }
  const messages = { messages: [{ role: 'user', content: 'Hi' }] };
  const one = { model, ...messages, max_tokens: 1, temperature: 0 };
  try {
    await requestJson(address, '/chat/completions', firstAnswerMs, { ...one, ...extensions(false, false) });
    return { model, asks: 'messages', extended: true };
  } catch (error) {
    if (!(error instanceof RequestFailure) || !refusals.includes(error.kind)) throw error;
    await requestJson(address, '/chat/completions', firstAnswerMs, one);
    return { model, asks: 'messages', extended: false };
  }
}

/** @returns why not, or undefined when they were understood: a server may also take them for a text of digits */
async function tryIds(address: ServerAddress, model: string): Promise<RequestFailure | undefined> {
  const body = { model, prompt: trialIds, max_tokens: 1, temperature: 0, ...extensions(false, false) };
  try {
    const answer = answerSchema.safeParse(await requestJson(address, '/completions', firstAnswerMs, body));
    if (!answer.success) return serverFailure('rubbish', 'the server answered token ids with no completion', 200);
    const counted = readUsage(answer.data.usage)?.promptTokens ?? trialIds.length;
    if (counted === trialIds.length) return undefined;
    return serverFailure('rubbish', `the server made ${counted} tokens of ${trialIds.length} token ids`, 200);
  } catch (error) {
    if (error instanceof RequestFailure) return error;
    throw error;
  }
}

function extensions(ignoreEndOfSequence: boolean, reusePrefix: boolean): object {
  return {
    return_token_ids: true,
    cache_prompt: reusePrefix,
    ...(ignoreEndOfSequence ? { ignore_eos: true } : {}),
  };
}

export interface StreamRequest {
  path: string;
  body: object;
}

/** The request for one streamed answer. @throws UserError when a conversation is needed and there is none */
export function streamRequest(
  { model, asks, extended }: Dialogue,
  prompt: readonly number[],
  options: Pick<
    GenerateOptions,
    'maxTokens' | 'temperature' | 'topP' | 'seed' | 'ignoreEndOfSequence' | 'reusePrefix' | 'messages'
  >,
): StreamRequest {
  const { maxTokens, temperature, topP, seed, ignoreEndOfSequence, reusePrefix, messages } = options;
  const common = {
    model,
    max_tokens: maxTokens,
    temperature,
    ...(topP === undefined ? {} : { top_p: topP }),
    seed,
    stream: true,
    stream_options: { include_usage: true },
    ...(extended ? extensions(ignoreEndOfSequence, reusePrefix) : {}),
  };
  if (asks === 'ids') return { path: '/completions', body: { ...common, prompt } };
  if (messages === undefined) {
    throw new UserError('this server takes no token ids, and there is no conversation to send instead', {
      exitCode: exitCodes.usage,
    });
  }
  return { path: '/chat/completions', body: { ...common, messages } };
}

export interface ServerIdentity {
  /** 'llama-server b5092', 'Ollama 0.9.0', 'OpenAI-compatible server'. */
  version: string;
  models: readonly string[];
}

const limitMs = 5000;
const listSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/** Paths beside the common interface where servers tell their version, and the field that they tell it in. */
const introductions = [
  { path: '/health', field: 'version', title: 'Tokenlap endpoint,' },
  { path: '/props', field: 'build_info', title: 'llama-server' },
  { path: '/api/version', field: 'version', title: 'Ollama' },
  { path: '/get_server_info', field: 'version', title: 'SGLang' },
  { path: '/version', field: 'version', title: 'vLLM' },
];

/**
 * A model that is named need not be listed: many gateways have no list.
 * @throws RequestFailure when no server answers there, or one of another kind
 */
export async function identify(address: ServerAddress): Promise<ServerIdentity> {
  const models = await listOf(address).catch((error: unknown) => {
    const isThere = error instanceof RequestFailure && error.kind !== 'connection';
    if (isThere && address.model !== undefined) return [];
    throw error;
  });
  return { version: await versionOf(address), models };
}

async function listOf(address: ServerAddress): Promise<string[]> {
  const list = listSchema.safeParse(await requestJson(address, '/models', limitMs));
  if (!list.success) throw serverFailure('rubbish', `${address.url}/models lists no models`, 200);
  return list.data.data.map(({ id }) => id);
}

async function versionOf({ url, key }: ServerAddress): Promise<string> {
  const root = { url: url.replace(/\/v1$/, ''), key };
  for (const { path, field, title } of introductions) {
    const answer = z
      .looseObject({ [field]: z.string() })
      .safeParse(await requestJson(root, path, limitMs).catch(() => null));
    if (answer.success) return `${title} ${answer.data[field]}`;
  }
  return 'OpenAI-compatible server';
}
