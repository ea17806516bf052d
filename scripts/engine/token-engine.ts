/**
 * An engine without a tokenizer. Its token ids come from the vocabulary of another framework, in a process of its own: the
 * same ids for all.
 */

import type { EngineSettings } from '../frameworks/framework.ts';
import type { GenerateRequest, Generation, Loaded } from '../frameworks/messages.ts';
import { TextStream, tokensOfTexts } from './answer-text.ts';
import { type AnswerListener, type EngineOptions, engineOn, type HostPlace, startHost } from './engine-host.ts';
import type { AnswerEvent, HostClient } from './host-client.ts';
import { type LentVocabulary, ownVocabulary, type VocabularyLender } from './vocabulary-process.ts';

export interface TokenEngineOptions extends EngineOptions {
  /** Where the vocabulary comes from; absent: a process of its own. */
  vocabularies?: VocabularyLender | undefined;
}

/** @param build facts about the process that it lives in */
export async function startTokenEngine(
  options: TokenEngineOptions,
  place: HostPlace,
  build: Record<string, string | boolean> = {},
) {
  const { vocabularies = ownVocabulary } = options;
  const host = await startHost(options, place);
  let vocabulary: LentVocabulary | undefined;
  const sharedVocabulary = () => {
    if (vocabulary === undefined) throw new Error('the engine got a request before "load"');
    return vocabulary.host;
  };
  const returnVocabulary = async () => {
    const shared = vocabulary;
    vocabulary = undefined;
    if (shared !== undefined) await vocabularies.giveBack(shared);
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
      return vocabulary?.host.pid ?? null;
    },
    async unload() {
      await engine.unload();
      await returnVocabulary();
    },
    async load(modelPath: string, settings: EngineSettings): Promise<Loaded> {
      await returnVocabulary();
      const loadable = await convertedModel(options, host, modelPath, settings);
      const starting = vocabularies.take(options);
      const shared = await whileAlive(host, starting).catch((error: unknown) => {
        void starting.then((late) => vocabularies.giveBack(late)).catch(() => {});
        throw error;
      });
      vocabulary = shared;
      const { version, endOfSequence } = await whileAlive(host, shared.host.ask({ type: 'vocabulary', modelPath }));
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
