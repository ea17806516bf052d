/** Servers that speak OpenAI's interface, by the names of their products: where each listens, and what starts it. */
import type { KnownServer } from '../framework.ts';
import { urlVariable } from './server-address.ts';

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
