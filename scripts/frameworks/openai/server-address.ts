/** Which server is asked, for which model and with which key: the variables that the options of the script set. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { choice } from '../../command-line/options.ts';
import { withSuggestion } from '../../command-line/suggestion.ts';
import type { FrameworkOption, KnownServer } from '../framework.ts';

const promptForms = ['auto', 'ids', 'messages'] as const;
type PromptForm = (typeof promptForms)[number];

export interface ServerAddress {
  /** Base of the interface, without a slash at its end: 'http://127.0.0.1:8080/v1'; or `ownUrl`. */
  url: string;
  /** The key itself is in no log and no message. */
  key: string | undefined;
  /** Undefined: the first one that the server lists. */
  model: string | undefined;
  promptForm: PromptForm;
}

/** In place of an address: scripts/serve.ts is started for the run, with its model and settings. */
export const ownUrl = 'own';

export const urlVariable = 'TOKENLAP_OPENAI_URL';

export const serverOptions = [
  {
    flags: '--url <url>',
    description: `the server: http://127.0.0.1:8080, with or without /v1; ${ownUrl}: our own endpoint, started for the run`,
    variable: urlVariable,
  },
  {
    flags: '--server-model <name>',
    description: "the server's name for the model (default: the first one it lists)",
    variable: 'TOKENLAP_OPENAI_MODEL',
  },
  {
    flags: '--api-key-env <name>',
    description: 'environment variable with the key (default: OPENAI_API_KEY)',
    variable: 'TOKENLAP_OPENAI_KEY_ENV',
  },
  {
    flags: '--prompt-as <form>',
    description: 'ids, messages, or auto: token ids where the server takes them',
    variable: 'TOKENLAP_OPENAI_PROMPT_AS',
    parse: choice(...promptForms),
  },
] as const satisfies readonly FrameworkOption[];

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined when no URL is given. @throws UserError when what is given makes no sense */
export function serverAddress(environment: Environment = process.env): ServerAddress | undefined {
  const given = (name: (typeof serverOptions)[number]['variable']) => environment[name] || undefined;
  const url = given(urlVariable);
  if (url === undefined) return undefined;
  const form = given('TOKENLAP_OPENAI_PROMPT_AS') ?? 'auto';
  const promptForm = promptForms.find((known) => known === form);
  if (promptForm === undefined)
    throw wrong(
      withSuggestion(`"${form}" is no form of a prompt`, form, promptForms),
      `Forms: ${promptForms.join(', ')}.`,
    );
  return {
    url: url === ownUrl ? ownUrl : baseUrl(url),
    key: environment[given('TOKENLAP_OPENAI_KEY_ENV') ?? 'OPENAI_API_KEY'] || undefined,
    model: given('TOKENLAP_OPENAI_MODEL'),
    promptForm,
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
  return new UserError(message, { exitCode: exitCodes.usage, remedy });
}

/** Servers with OpenAI's interface, by the names of their products: where each listens, and what starts it. */
const addressVariable = urlVariable;

export const knownServers: readonly KnownServer[] = [
  { name: 'ollama', title: 'Ollama', url: 'http://127.0.0.1:11434', start: 'ollama serve', addressVariable },
  {
    name: 'llama-server',
    title: 'llama-server',
    aliases: ['llama.cpp-server'],
    url: 'http://127.0.0.1:8080',
    start: 'llama-server -m MODEL.gguf',
    addressVariable,
  },
  { name: 'vllm', title: 'vLLM', url: 'http://127.0.0.1:8000', start: 'vllm serve MODEL', addressVariable },
  {
    name: 'sglang',
    title: 'SGLang',
    url: 'http://127.0.0.1:30000',
    start: 'python -m sglang.launch_server --model-path MODEL',
    addressVariable,
  },
  {
    name: 'lmstudio',
    title: 'LM Studio',
    aliases: ['lms'],
    url: 'http://127.0.0.1:1234',
    start: 'lms server start',
    addressVariable,
  },
];
