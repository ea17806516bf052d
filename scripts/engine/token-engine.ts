/**
 * An engine without a tokenizer. Its token ids come from the vocabulary of another framework, in a process of its own: the
 * same ids for all.
 */
import type { EngineSettings } from '../frameworks/framework.ts';
import type { GenerateRequest, Generation, Loaded } from '../frameworks/messages.ts';
import { TextStream, tokensOfTexts } from './answer-text.ts';
import {
  type AnswerListener,
  type EngineOptions,
  eventsTo,
  type HostPlace,
  requestsTo,
  startHost,
} from './engine-host.ts';
import type { AnswerEvent, HostClient } from './host-client.ts';
import { startVocabulary } from './vocabulary.ts';

/** @param build facts about the process that it lives in */
export async function startTokenEngine(options: EngineOptions, place: HostPlace, build: Record<string, string> = {}) {
  const host = await startHost(options, place, eventsTo(options));
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
  const { unload, ...others } = requestsTo(host, options);
  return {
    ...others,
    get tokenizerPid() {
      return vocabulary?.pid ?? null;
    },
    async unload() {
      await unload();
      await returnVocabulary();
    },
    async load(modelPath: string, settings: EngineSettings): Promise<Loaded> {
      await returnVocabulary();
      const starting = startVocabulary(options);
      const shared = await whileAlive(host, starting).catch((error: unknown) => {
        void starting.then((late) => late[Symbol.asyncDispose]()).catch(() => {});
        throw error;
      });
      vocabulary = shared;
      const { version, endOfSequence } = await whileAlive(host, shared.ask({ type: 'vocabulary', modelPath }));
      const { effective, abilities } = await host.ask({ type: 'load', modelPath, settings, endOfSequence });
      return { effective: { ...effective, build: { ...effective.build, ...build, tokenizer: version } }, abilities };
    },
    tokenize: (text: string, plain = false) => sharedVocabulary().ask({ type: 'tokenize', text, plain }),
    detokenize: (tokens: readonly number[]) => detokenize(sharedVocabulary(), tokens),
    async generate(
      request: GenerateRequest,
      { onPiece = options.onPiece, signal }: AnswerListener = {},
    ): Promise<Generation> {
      const shared = sharedVocabulary();
      const text = new TextStream((tokens) => detokenize(shared, tokens), onPiece);
      const onEvent = (event: AnswerEvent) => {
        if (event.type === 'tokens') text.add(...event.ids);
        else onPiece(event.text);
      };
      const generation = await host.ask({ type: 'generate', request }, { onEvent, signal });
      await text.finished();
      if (generation.texts === undefined) return { ...generation, pieces: await detokenize(shared, generation.ids) };
      return tokensOfTexts(generation, {
        tokenize: async (whole) => (await shared.ask({ type: 'tokenize', text: whole })).ids,
        detokenize: (tokens) => detokenize(shared, tokens),
      });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([host[Symbol.asyncDispose](), returnVocabulary()]);
    },
  };
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

async function detokenize(vocabulary: HostClient, tokens: readonly number[]): Promise<string[]> {
  return (await vocabulary.ask({ type: 'detokenize', tokens })).pieces;
}
