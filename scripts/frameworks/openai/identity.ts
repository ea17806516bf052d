/** Who answers at an address, in which version, and which models it lists. */
import { z } from 'zod';
import { RequestFailure } from '../request-failure.ts';
import { requestJson } from './event-request.ts';
import type { ServerAddress } from './server-address.ts';
import { serverFailure } from './server-failure.ts';

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
 * @throws RequestFailure when nobody answers there, or somebody else
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
