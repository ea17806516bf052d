/**
 * An engine without a tokenizer. Its token ids come from the vocabulary of another framework, in a process of its own: the
 * same ids for all.
 */

import type { EngineSettings } from '../frameworks/framework.ts';
import type { GenerateRequest, Generation, Loaded } from '../frameworks/messages.ts';
import { vocabularyFramework } from '../frameworks/registry.ts';
import { defaultEngineSettings } from '../settings/settings.ts';
import { TextStream, tokensOfTexts } from './answer-text.ts';
import { monotonicNow } from './clock.ts';
import { engineCode } from './engine-code.ts';
import { type AnswerListener, type EngineOptions, engineOn, type HostPlace, startHost } from './engine-host.ts';
import type { AnswerEvent, HostClient } from './host-client.ts';
import { nodeChannel } from './process-channels.ts';

/** The vocabulary of a model file by itself, in a process of its own: for engines without a tokenizer, and for checks. */
export interface VocabularyProcess extends AsyncDisposable {
  tokenize(text: string): Promise<number[]>;
  /** Text of each token. */
  detokenize(tokens: readonly number[]): Promise<string[]>;
}

/** @throws EngineFailure when the file's vocabulary cannot be used */
export async function openVocabulary(modelPath: string, timeoutMs: number): Promise<VocabularyProcess> {
  const host = await startVocabulary({ timeoutMs, settings: unused, originNs: monotonicNow() });
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
async function startVocabulary({
  timeoutMs,
  settings,
  originNs,
  onCheckpoint,
}: Pick<EngineOptions, 'timeoutMs' | 'settings' | 'originNs' | 'onCheckpoint'>): Promise<HostClient> {
  const framework = vocabularyFramework();
  const code = await engineCode(framework.module);
  return startHost(
    {
      framework: { name: framework.name, title: `${framework.title} vocabulary` },
      originNs,
      timeoutMs,
      onCheckpoint: (checkpoint) => {
        if (checkpoint.name === 'tokenizer_load') onCheckpoint?.(checkpoint);
      },
    },
    { module: code.module, open: nodeChannel(framework, code, settings) },
  );
}

/** @param build facts about the process that it lives in */
export async function startTokenEngine(
  options: EngineOptions,
  place: HostPlace,
  build: Record<string, string | boolean> = {},
) {
  const host = await startHost(options, place);
  let vocabulary: HostClient | undefined;
  const sharedVocabulary = () => {
    if (vocabulary === undefined) throw new Error('the engine got a request before "load"');
    return vocabulary;
  };
  const returnVocabulary = async () => {
    const shared = vocabulary;
    vocabulary = undefined;
    await shared?.[Symbol.asyncDispose]();
  };
  const tokenize = (text: string, plain = false) => sharedVocabulary().ask({ type: 'tokenize', text, plain });
  const detokenize = async (tokens: readonly number[], special = false) =>
    (await sharedVocabulary().ask({ type: 'detokenize', tokens, special })).pieces;
  const engine = engineOn(host, options);
  return {
    ...engine,
    tokenize,
    detokenize,
    get tokenizerPid() {
      return vocabulary?.pid ?? null;
    },
    async unload() {
      await engine.unload();
      await returnVocabulary();
    },
    async load(modelPath: string, settings: EngineSettings): Promise<Loaded> {
      await returnVocabulary();
      const loadable = await convertedModel(options, host, modelPath, settings);
      const starting = startVocabulary(options);
      const shared = await whileAlive(host, starting).catch((error: unknown) => {
        void starting.then((late) => late[Symbol.asyncDispose]()).catch(() => {});
        throw error;
      });
      vocabulary = shared;
      const { version, endOfSequence } = await whileAlive(host, shared.ask({ type: 'vocabulary', modelPath }));
      const { effective, abilities } = await host.ask({
        type: 'load',
        modelPath: loadable,
        settings,
        endOfSequence,
      });
      return { effective: { ...effective, build: { ...effective.build, ...build, tokenizer: version } }, abilities };
    },
    async generate(
      request: GenerateRequest,
      { onPiece = options.onPiece, signal }: AnswerListener = {},
    ): Promise<Generation> {
      sharedVocabulary();
      const text = new TextStream(detokenize, (piece) => onPiece?.(piece));
      const onEvent = (event: AnswerEvent) => {
        if (event.type === 'tokens') text.add(...event.ids);
        else onPiece?.(event.text);
      };
      const generation = await host.ask({ type: 'generate', request }, { onEvent, signal });
      await text.finished();
      if (generation.texts === undefined) return { ...generation, pieces: await detokenize(generation.ids) };
      return tokensOfTexts(generation, { tokenize: async (whole) => (await tokenize(whole)).ids, detokenize });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([host[Symbol.asyncDispose](), returnVocabulary()]);
    },
  };
}

/** The path that the engine loads; the conversion ends when the engine does. */
async function convertedModel(
  { framework, onProgress = () => {} }: EngineOptions,
  host: HostClient,
  modelPath: string,
  settings: EngineSettings,
): Promise<string> {
  if (framework.host !== 'python' || framework.convertModel === undefined) return modelPath;
  const stop = new AbortController();
  void host.ended.then((failure) => stop.abort(failure));
  return framework.convertModel({ modelPath, settings, progress: onProgress, signal: stop.signal });
}

/** When the engine dies while it waits for its vocabulary, the wait ends at once. @throws EngineFailure */
async function whileAlive<T>(host: HostClient, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return await Promise.race([
    work,
    host.ended.then((failure) => {
      throw failure;
    }),
  ]);
}
