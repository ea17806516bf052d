/** The vocabulary of a model file by itself, in a process of its own: for engines without a tokenizer, and for checks. */
import type { EngineSettings } from '../frameworks/framework.ts';
import { vocabularyFramework } from '../frameworks/registry.ts';
import { defaultEngineSettings } from '../settings/settings.ts';
import { monotonicNow } from './clock.ts';
import { engineCode } from './engine-code.ts';
import { type EngineOptions, startHost } from './engine-host.ts';
import type { HostClient } from './host-client.ts';
import { openNodeChannel } from './process-channels.ts';

export interface VocabularyProcess extends AsyncDisposable {
  tokenize(text: string): Promise<number[]>;
  /** Text of each token. */
  detokenize(tokens: readonly number[]): Promise<string[]>;
}

/** @throws EngineFailure when the file's vocabulary cannot be used */
export async function openVocabulary(modelPath: string, timeoutMs: number): Promise<VocabularyProcess> {
  const onCheckpoint = () => {};
  const host = await startVocabulary({ timeoutMs, settings: unused, originNs: monotonicNow(), onCheckpoint });
  try {
    await host.ask({ type: 'vocabulary', modelPath });
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return {
    tokenize: async (text) => (await host.ask({ type: 'tokenize', text })).ids,
    detokenize: async (tokens) => (await host.ask({ type: 'detokenize', tokens })).pieces,
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** Nothing is computed with them. */
const unused: EngineSettings = {
  ...defaultEngineSettings,
  device: 'cpu',
  gpuLayers: 0,
  contextTokens: 1,
  batchTokens: 1,
  flashAttention: 'off',
};

/** A process with a tokenizer and nothing else; of its checkpoints only the load of the tokenizer belongs to the run. */
export async function startVocabulary({
  timeoutMs,
  settings,
  originNs,
  onCheckpoint,
}: Pick<EngineOptions, 'timeoutMs' | 'settings' | 'originNs' | 'onCheckpoint'>): Promise<HostClient> {
  const framework = vocabularyFramework();
  const code = await engineCode(framework.module);
  return startHost(
    { framework: { name: framework.name, title: `${framework.title} vocabulary` }, originNs, timeoutMs },
    { module: code.module, open: (events) => openNodeChannel(framework, code, settings, events) },
    (event) => {
      if (event.type === 'checkpoint' && event.name === 'tokenizer_load') onCheckpoint(event);
    },
  );
}
