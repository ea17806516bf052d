/**
 * The native object of a context inside node-llama-cpp. It is internal to that package, so only this file accesses it, and only
 * after checking that it has the expected methods; otherwise `model.ts` falls back to the public API.
 *
 * Why: `sequence.evaluate` costs about 130 microseconds per token over the native decode, which is a third of the time of
 * a small model. Decoding and sampling are queued together here, so that a token costs one hop between threads.
 */
import type { LlamaContext, LlamaModel } from 'node-llama-cpp';
import { z } from 'zod';

/** llama.cpp's batch, decode and sampler as the addon exposes them; positions and token ids are 32-bit integers. */
interface NativeContext {
  initBatch(size: number): void;
  /** @returns the index in the batch of each requested logit */
  addToBatch(sequence: number, position: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  /** Samples a token; -1 on failure. */
  sampleToken(batchLogitIndex: number, sampler: NativeSampler): Promise<number>;
  /** With `logits` true, also returns the logits of all tokens as id, value, id, value, ... in no particular order. */
  sampleToken(
    batchLogitIndex: number,
    sampler: NativeSampler,
    probabilities: false,
    confidence: false,
    logits: true,
  ): Promise<[token: number, probabilities: undefined, confidence: undefined, logits: number[] | undefined]>;
  /**
   * Returns only the logits of the `top` most probable tokens, of `tokens` and of the sampled token, and
   * Σ exp(logit − largest logit) over the whole vocabulary, summed in float32. It sorts the vocabulary only for a `top` above 0.
   */
  sampleToken(
    batchLogitIndex: number,
    sampler: NativeSampler,
    probabilities: false,
    confidence: false,
    logits: [tokens: number[], highest: false, lowest: false, selected: true, top: number],
    totalWeight: true,
  ): Promise<
    [token: number, probabilities: undefined, confidence: undefined, logits: number[] | undefined, totalWeight?: number]
  >;
  disposeSequence(sequence: number): void;
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  getThreads(): number;
  setThreads(threads: number): void;
  getMemoryBreakdown(): { cpuRam: number; gpuVram: number };
}

/** Makes `createContext` build one that embeds, as the binding's own embedding context does (LlamaEmbeddingContext.js). */
export const embeddingContextOption = { _embeddings: true };

interface NativeSampler {
  applyConfig(config: { temperature: number; topP?: number; seed: number }): void;
  dispose(): void;
}

interface NativeModel {
  isEogToken(token: number): boolean;
  getMemoryBreakdown(): { cpuRam: number; gpuVram: number };
}

const contextMethods = [
  'initBatch',
  'addToBatch',
  'decodeBatch',
  'sampleToken',
  'disposeSequence',
  'removeTokenCellsFromSequence',
  'getThreads',
  'setThreads',
  'getMemoryBreakdown',
] as const;

const methods =
  (names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function');

const contextShape = z.object({ _ctx: z.custom<NativeContext>(methods(contextMethods)) });
const embeddingShape = z.object({
  _ctx: z.custom<{ getEmbedding(tokens: number): Float64Array }>(methods(['getEmbedding'])),
});
const modelShape = z.object({
  _model: z.custom<NativeModel>(methods(['isEogToken', 'getMemoryBreakdown'])),
  _llama: z.object({
    _bindings: z.object({
      AddonSampler: z.custom<new (model: NativeModel) => NativeSampler>((value) => typeof value === 'function'),
    }),
  }),
});

export interface Native {
  context: NativeContext;
  model: NativeModel;
  createSampler(): NativeSampler;
  /** The pooled embedding of sequence 0 after a batch of that many tokens; absent when the addon does not support it. */
  embeddingOf?(tokens: number): Float64Array;
}

/** Undefined when this version of node-llama-cpp keeps its native objects elsewhere. */
export function nativeOf(model: LlamaModel, context: LlamaContext): Native | undefined {
  const inside = contextShape.safeParse(context);
  const around = modelShape.safeParse(model);
  if (!inside.success || !around.success) return undefined;
  const { AddonSampler } = around.data._llama._bindings;
  const nativeModel = around.data._model;
  const embeds = embeddingShape.safeParse(context);
  return {
    context: inside.data._ctx,
    model: nativeModel,
    createSampler: () => new AddonSampler(nativeModel),
    ...(embeds.success ? { embeddingOf: (tokens: number) => embeds.data._ctx.getEmbedding(tokens) } : {}),
  };
}
