/** Servers that speak OpenAI's interface, by the names of their products: where each listens, and what starts it. */
import type { KnownServer } from '../framework.ts';

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
