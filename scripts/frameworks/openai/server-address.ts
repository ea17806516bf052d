/** Which server is asked, for which model and with which key: from the options of the framework. */
import { z } from 'zod';
import { type UserError, usageError } from '../../command-line/errors.ts';
import { type FrameworkOption, textOption } from '../../command-line/parsing/framework-options.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import type { KnownServer } from '../framework.ts';

const promptForms = z.enum(['auto', 'ids', 'messages']);

export interface ServerAddress {
  /** Base of the interface, without a slash at its end: 'http://127.0.0.1:8080/v1'; or `ownUrl`. */
  url: string;
  /** The key itself is in no log and no message. */
  key: string | undefined;
  /** Undefined: the first one that the server lists. */
  model: string | undefined;
  promptForm: z.infer<typeof promptForms>;
}

/** In place of an address: scripts/serve.ts is started for the run, with its model and settings. */
export const ownUrl = 'own';

export const serverOptions = [
  {
    flag: '--url <url>',
    schema: z.string(),
    help: `the server: http://127.0.0.1:8080, with or without /v1; ${ownUrl}: our own endpoint, started for the run`,
    variable: 'TOKENLAP_OPENAI_URL',
  },
  {
    flag: '--server-model <name>',
    schema: z.string(),
    help: "the server's name for the model (default: the first one it lists)",
    variable: 'TOKENLAP_OPENAI_MODEL',
  },
  {
    flag: '--api-key-env <name>',
    schema: z.string(),
    help: 'environment variable with the key (default: OPENAI_API_KEY)',
    variable: 'TOKENLAP_OPENAI_KEY_ENV',
  },
  {
    flag: '--prompt-as <form>',
    schema: promptForms,
    help: 'ids, messages, or auto: token ids where the server takes them',
    variable: 'TOKENLAP_OPENAI_PROMPT_AS',
  },
] satisfies readonly FrameworkOption[];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Undefined when no URL is given.
 * @param environment has the key
 * @throws UserError for an address that is none
 */
export function serverAddress(
  given: FrameworkSettings | undefined,
  environment: Environment = process.env,
): ServerAddress | undefined {
  const url = textOption(given, 'url');
  if (url === undefined) return undefined;
  return {
    url: url === ownUrl ? ownUrl : baseUrl(url),
    key: environment[textOption(given, 'apiKeyEnv') ?? 'OPENAI_API_KEY'] || undefined,
    model: textOption(given, 'serverModel'),
    promptForm: promptForms.parse(given?.promptAs ?? 'auto'),
  };
}

function baseUrl(text: string): string {
  const example = 'Give one like http://127.0.0.1:8080/v1.';
  if (!URL.canParse(text)) throw wrong(`"${text}" is not a URL`, example);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong(`"${text}" is not an HTTP address`, example);
  if (url.username !== '' || url.password !== '') {
    throw wrong('a URL with a key in it would be logged', 'Put the key into the environment: --api-key-env NAME.');
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path === '' ? '/v1' : path}`;
}

function wrong(message: string, remedy: string): UserError {
  return usageError(message, remedy);
}

/** Servers with OpenAI's interface, by the names of their products: where each listens, and what starts it. */
const addressOption = 'url';

export const knownServers: readonly KnownServer[] = [
  { name: 'ollama', title: 'Ollama', url: 'http://127.0.0.1:11434', start: 'ollama serve', addressOption },
  {
    name: 'llama-server',
    title: 'llama-server',
    aliases: ['llama.cpp-server'],
    url: 'http://127.0.0.1:8080',
    start: 'llama-server -m MODEL.gguf',
    addressOption,
  },
  { name: 'vllm', title: 'vLLM', url: 'http://127.0.0.1:8000', start: 'vllm serve MODEL', addressOption },
  {
    name: 'sglang',
    title: 'SGLang',
    url: 'http://127.0.0.1:30000',
    start: 'python -m sglang.launch_server --model-path MODEL',
    addressOption,
  },
  {
    name: 'lmstudio',
    title: 'LM Studio',
    aliases: ['lms'],
    url: 'http://127.0.0.1:1234',
    start: 'lms server start',
    addressOption,
  },
];
