/** Loads a GGUF file into llama.cpp and reads back the settings that it uses. */
import { setTimeout } from 'node:timers/promises';
import { GgmlType, type LlamaContext, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import { UserError, usageError } from '../../command-line/errors.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import type { EffectiveSettings, LoadRequest, Model, TokenModel } from '../framework.ts';
import { embeddingContextOption, type Native, nativeOf } from './addon.ts';
import { BatchLoop } from './batch-loop.ts';
import { DecodeLoop } from './decode-loop.ts';
import { Embedder, poolingOf } from './embedder.ts';
import { explained, startLlama } from './llama.ts';
import { generateThroughSequences } from './public-api.ts';
import { readBack } from './read-back.ts';
import { likelihoods, runKernel, score } from './scoring.ts';
import { isToken, tokenize, tokenPieces } from './vocabulary.ts';

const logDelayMs = 20;

export async function loadLlama(request: LoadRequest): Promise<Model> {
  const { settings, span } = request;
  const kvType = kvTypeOf(settings.kvType);
  const llama = await span('framework_import', () => startLlama(settings.device, settings.framework));
  // llama.cpp reads the vocabulary again with the weights; loading it alone first is the only way to time it.
  await span('tokenizer_load', () =>
    explained('load the vocabulary', async () => {
      await using vocabulary = await llama.loadModel({ modelPath: request.modelPath, vocabOnly: true });
      return vocabulary.vocabularyType;
    }),
  );
  const { model, context } = await span('model_load', async () => {
    const model = await explained('load the model', () =>
      llama.loadModel({
        modelPath: request.modelPath,
        gpuLayers: llama.gpu === false ? 0 : settings.gpuLayers,
        onLoadProgress: request.progress,
      }),
    );
    const context = await explained('create the context', () => createContext(model, settings, kvType));
    return { model, context };
  });
  const native = nativeOf(model, context);
  native?.context.setThreads(settings.threads);
  // Lines of llama.cpp's log reach JavaScript a little later than the events.
  await setTimeout(logDelayMs);
  const read = readBack(llama, model, context, native, settings);
  const effective = settings.embedding ? { ...read, settings: { ...read.settings, pooling: poolingOf(model) } } : read;
  llama.logLevel = LlamaLogLevel.warn;
  if (settings.gpuLayers !== 0 && llama.gpu !== false && model.gpuLayers === 0) {
    throw new UserError(`llama.cpp put no layers on the ${llama.gpu} device and would compute on the CPU`, {
      remedy: 'Choose a smaller model or quantisation, or --device cpu.',
    });
  }
  const built = modelOf(model, context, native, effective);
  return settings.embedding ? embedderOf(built, model, native, context.batchSize) : built;
}

function createContext(model: LlamaModel, settings: EngineSettings, kvType: GgmlType): Promise<LlamaContext> {
  return model.createContext({
    contextSize: settings.contextTokens,
    // An encoder needs a whole text in one batch.
    batchSize: settings.embedding ? settings.contextTokens : Math.min(settings.batchTokens, settings.contextTokens),
    sequences: settings.sequences ?? 1,
    threads: settings.threads,
    flashAttention: settings.flashAttention === 'auto' ? 'auto' : settings.flashAttention === 'on',
    experimentalKvCacheKeyType: kvType,
    experimentalKvCacheValueType: kvType,
    failedCreationRemedy: false,
    ...(settings.embedding ? embeddingContextOption : {}),
  });
}

const kvTypes = {
  f32: GgmlType.F32,
  f16: GgmlType.F16,
  bf16: GgmlType.BF16,
  q8_0: GgmlType.Q8_0,
  q5_0: GgmlType.Q5_0,
  q4_0: GgmlType.Q4_0,
} as const;

function kvTypeOf(name: string): GgmlType {
  if (name === 'auto') return GgmlType.F16;
  const found = Object.entries(kvTypes).find(([known]) => known === name)?.[1];
  if (found !== undefined) return found;
  throw usageError(`llama.cpp has no KV cache type "${name}"`, `Types: auto, ${Object.keys(kvTypes).join(', ')}.`);
}

function modelOf(
  model: LlamaModel,
  context: LlamaContext,
  native: Native | undefined,
  effective: EffectiveSettings,
): Model {
  const single = context.totalSequences === 1;
  // Counted once, since iterating over tens of thousands of tokens before each test would evict the model from the caches.
  let vocabulary: { size: number; bos: number | null } | undefined;
  const { totalSequences, batchSize, contextSize } = context;
  const loop = native && single ? new DecodeLoop(native, batchSize, contextSize) : undefined;
  const several = native && !single ? new BatchLoop(native, totalSequences, batchSize, contextSize) : undefined;
  const texts = loop ?? several;
  return {
    effective,
    async tokenize(text, plain) {
      return tokenize(model, text, plain);
    },
    async detokenize(tokens, special) {
      return tokenPieces(model, tokens.filter(isToken), special);
    },
    generate: generatorOf(model, context, loop ?? several),
    async memory() {
      if (native === undefined) return {};
      const weights = native.model.getMemoryBreakdown();
      const caches = native.context.getMemoryBreakdown();
      return {
        weightsBytes: weights.cpuRam + weights.gpuVram,
        contextBytes: caches.cpuRam + caches.gpuVram,
        deviceBytes: weights.cpuRam + weights.gpuVram + caches.cpuRam + caches.gpuVram,
      };
    },
    ...(native === undefined || loop === undefined
      ? {}
      : {
          kernel: (test, clock) => {
            vocabulary ??= { size: [...model.iterateAllTokens()].length, bos: model.tokens.bos };
            return runKernel(native, loop, vocabulary, test, clock);
          },
        }),
    ...(native === undefined || texts === undefined
      ? {}
      : {
          score: (request) => score(native, texts, request),
          likelihoods: (request) => likelihoods(native, texts, request),
        }),
    async [Symbol.asyncDispose]() {
      // The model knows its contexts only weakly: one that was collected before would leave the model waiting for it for ever.
      await context.dispose();
      // The binding stays for the next model.
      await model.dispose();
    },
  };
}

/** A model that only embeds, since its context returns no logits. */
function embedderOf(built: Model, model: LlamaModel, native: Native | undefined, batchTokens: number): Model {
  const { kernel: _kernel, score: _score, likelihoods: _likelihoods, ...others } = built;
  const generate = () => Promise.reject(new Error('the model was loaded to embed texts'));
  if (native?.embeddingOf === undefined) return { ...others, generate };
  const embedder = new Embedder(model, native, batchTokens);
  return { ...others, generate, embed: (texts, tokenized) => embedder.embed(texts, tokenized) };
}

function generatorOf(
  model: LlamaModel,
  context: LlamaContext,
  loop: DecodeLoop | BatchLoop | undefined,
): TokenModel['generate'] {
  if (loop === undefined) return generateThroughSequences(model, context);
  return (prompt, options, sink) => loop.generate(prompt, options, sink);
}
