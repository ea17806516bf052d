/** A toy: reads the whole file once per token, as a real engine reads its weights, and says the letter that falls out. */
import { readFile } from 'node:fs/promises';
import { setImmediate as otherWork } from 'node:timers/promises';
import { exitCodes, UserError } from '../command-line/errors.ts';
import type { LoadRequest, Model, NodeFramework } from './framework.ts';

export const toy: NodeFramework = {
  name: 'toy',
  title: 'Toy',
  module: import.meta.url,
  host: 'node',
  devices: ['cpu'],
  modelFormats: ['gguf'],
  quantizations: ['f16', 'q8_0', 'q4_0'],
  environment: ({ threads }) => ({ TOY_THREADS: String(threads) }),

  async probe() {
    return { status: 'available', version: 'toy 1.0', devices: [{ kind: 'cpu', name: 'CPU' }] };
  },

  async load(request) {
    return loadToy(request);
  },
};

async function loadToy({ modelPath, settings, span, progress }: LoadRequest): Promise<Model> {
  const file = await span('model_load', () => readFile(modelPath));
  progress(1);
  const weights = new Int32Array(file.buffer, file.byteOffset, Math.floor(file.byteLength / 4));
  const decoder = new TextDecoder();
  /** Stands in for the forward pass: every weight is read once. */
  const pass = (from: number): number => {
    let state = from;
    for (const weight of weights) state = (state + weight) | 0;
    return state;
  };

  return {
    effective: {
      device: 'cpu',
      deviceName: 'CPU',
      comparable: true,
      settings: {
        ...{ threads: 1, contextTokens: settings.contextTokens, gpuLayers: 0 },
        // It has no activations, no cache and no attention; null is not known, or not there.
        ...{ activations: null, kvType: null, flashAttention: null, spinning: false, affinity: null },
      },
      build: { loop: 'JavaScript', buildType: null, cpuVariant: null },
      kvBytesPerPosition: 0,
      notes: settings.threads === 1 ? [] : [{ code: 'one_thread', message: 'Toy computes on one thread only' }],
    },

    // Its tokens are the bytes of UTF-8.
    async tokenize(text) {
      return Int32Array.from(Buffer.from(text, 'utf8'));
    },
    async detokenize(tokens) {
      return tokens.map((token) => decoder.decode(Uint8Array.of(token), { stream: true }));
    },

    async generate(prompt, { maxTokens, ignoreEndOfSequence }, sink) {
      if (prompt.length + maxTokens > settings.contextTokens) {
        throw new UserError(`${prompt.length + maxTokens} tokens do not fit the context of ${settings.contextTokens}`, {
          exitCode: exitCodes.usage,
          remedy: 'Raise --context, or lower --max-tokens.',
        });
      }
      let state = pass(prompt.reduce((sum, token) => (sum + token) | 0, 0));
      sink.promptEvaluated();
      for (let generated = 1; ; generated++) {
        const letter = Math.abs(state % 26);
        if (letter === 25 && !ignoreEndOfSequence) return { stop: 'end', cachedPromptTokens: 0 };
        if (!sink.token(97 + letter)) return { stop: 'cancelled', cachedPromptTokens: 0 };
        if (generated === maxTokens) return { stop: 'length', cachedPromptTokens: 0 };
        // So that a request to stop can arrive. A real engine computes on a thread of its own and is awaited here.
        await otherWork();
        state = pass((state + generated) | 0);
      }
    },

    async memory() {
      return { weightsBytes: weights.byteLength };
    },

    async [Symbol.asyncDispose]() {},
  };
}
