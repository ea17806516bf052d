/** The vocabulary of a model file in a process of its own: for engines without a tokenizer, and for checks. */

import type { EngineSettings } from '../frameworks/framework.ts';
import { vocabularyFramework } from '../frameworks/registry.ts';
import { defaultEngineSettings } from '../settings/settings.ts';
import { monotonicNow } from './clock.ts';
import { engineCode } from './engine-code.ts';
import { beginClock, type EngineOptions, startHost } from './engine-host.ts';
import type { HostClient } from './host-client.ts';
import { nodeChannel } from './process-channels.ts';

export interface VocabularyProcess extends AsyncDisposable {
  tokenize(text: string): Promise<number[]>;
  /** Text of each token. */
  detokenize(tokens: readonly number[]): Promise<string[]>;
}

/** @throws EngineFailure when the file's vocabulary cannot be used */
export async function openVocabulary(modelPath: string, timeoutMs: number): Promise<VocabularyProcess> {
  const { host } = await startVocabulary({ timeoutMs, settings: unused, originNs: monotonicNow() });
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

type VocabularyOptions = Pick<EngineOptions, 'timeoutMs' | 'settings' | 'originNs' | 'onCheckpoint'>;

/** A process with a tokenizer and nothing else, as long as an engine has it. */
export interface LentVocabulary {
  host: HostClient;
  /** For the next run: its clock, and who hears of the load of the tokenizer. */
  begin(next: Pick<VocabularyOptions, 'originNs' | 'onCheckpoint'>): Promise<void>;
}

/** Where engines get the process from, and what becomes of it afterwards. */
export interface VocabularyLender {
  take(options: VocabularyOptions): Promise<LentVocabulary>;
  giveBack(lent: LentVocabulary): Promise<void>;
}

/** A process for each engine, which ends with it. */
export const ownVocabulary: VocabularyLender = {
  take: startVocabulary,
  giveBack: ({ host }) => host[Symbol.asyncDispose](),
};

/**
 * One process for engines that follow one another. Starting it takes longer than loading a vocabulary, and the engine waits
 * meanwhile: measured on two cores 0.8 s of each run. Between two engines it holds no vocabulary.
 */
export class KeptVocabulary implements VocabularyLender, AsyncDisposable {
  #waiting: LentVocabulary | undefined;

  async take(options: VocabularyOptions): Promise<LentVocabulary> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return startVocabulary(options);
    try {
      await waiting.begin(options);
      return waiting;
    } catch {
      // It died while it waited: that is no fault of this run.
      await waiting.host[Symbol.asyncDispose]();
      return startVocabulary(options);
    }
  }

  async giveBack(lent: LentVocabulary): Promise<void> {
    if (this.#waiting === undefined && lent.host.isIdle && (await isEmptied(lent.host))) this.#waiting = lent;
    else await lent.host[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    await waiting?.host[Symbol.asyncDispose]();
  }
}

function isEmptied(host: HostClient): Promise<boolean> {
  return host.ask({ type: 'close' }).then(
    () => true,
    () => false,
  );
}

async function startVocabulary({
  timeoutMs,
  settings,
  originNs,
  onCheckpoint,
}: VocabularyOptions): Promise<LentVocabulary> {
  const framework = vocabularyFramework();
  const identity = { name: framework.name, title: `${framework.title} vocabulary` };
  const code = await engineCode(framework.module);
  let listener = onCheckpoint;
  const host = await startHost(
    {
      framework: identity,
      originNs,
      timeoutMs,
      onCheckpoint: (checkpoint) => {
        // Of its checkpoints only the load of the tokenizer belongs to the run.
        if (checkpoint.name === 'tokenizer_load') listener?.(checkpoint);
      },
    },
    { module: code.module, open: nodeChannel(framework, code, settings) },
  );
  return {
    host,
    async begin(next) {
      listener = next.onCheckpoint;
      await beginClock(host, identity, next.originNs, code);
    },
  };
}
