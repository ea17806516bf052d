/** llama.cpp through node-llama-cpp. */
import { oneLine, UserError } from '../../command-line/errors.ts';
import { ggufQuantizations } from '../../models/quantization.ts';
import type { NodeFramework } from '../framework.ts';
import { buildOption, nativeBuild } from './build-choice.ts';

export const llamacpp: NodeFramework = {
  name: 'llamacpp',
  title: 'llama.cpp',
  aliases: ['llama.cpp', 'node-llama-cpp', 'ggml'],
  module: import.meta.url,
  host: 'node',
  samplesTopP: true,
  devices: ['cpu', 'cuda', 'vulkan', 'metal'],
  modelFormats: ['gguf'],
  sequences: true,
  embeds: true,
  variants: [nativeBuild],
  options: [buildOption],
  ownBenchmark: async () => (await import('./own-benchmark.ts')).ownBenchmark,
  quantizations: [...new Set(['f16', 'q8_0', 'q4_k_m', 'q4_0', ...ggufQuantizations])],

  // One pool thread: with more, every decode hops between threads and their caches, at a third of the speed.
  environment: () => ({ UV_THREADPOOL_SIZE: '1' }),

  async probe(given) {
    try {
      const { probeLlama } = await import('./llama.ts');
      return await probeLlama(given);
    } catch (error) {
      if (error instanceof UserError && error.remedy !== undefined) {
        return { status: 'missing', reason: oneLine(error), remedy: error.remedy };
      }
      return {
        status: 'missing',
        reason: `node-llama-cpp does not start: ${oneLine(error)}`,
        remedy: 'Run `npm ci`; where no prebuilt binary fits, `npx node-llama-cpp source download` builds one.',
      };
    }
  },

  async load(request) {
    const { loadLlama } = await import('./model.ts');
    return loadLlama(request);
  },

  async loadVocabulary(request) {
    const { loadVocabulary } = await import('./vocabulary.ts');
    return loadVocabulary(request);
  },
};
