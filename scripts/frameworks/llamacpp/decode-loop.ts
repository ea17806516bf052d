/** Generation on the native context: between two tokens there is only decoding, sampling and stamping. */
import { counted } from '../../command-line/format.ts';
import type { Generated, GenerateOptions, TokenSink } from '../framework.ts';
import type { Native } from './addon.ts';

const sequence = 0;
const noLogits = new Uint32Array(0);
const firstLogit = Uint32Array.of(0);

/** Receives where the logits of a batch are, and the index of the token after which the first of them come. */
export type ShowLogits = (batchLogitIndexes: Uint32Array, firstToken: number) => Promise<void>;

export class DecodeLoop {
  readonly #native: Native;
  readonly #batchTokens: number;
  readonly #contextTokens: number;
  /** Token ids whose keys and values are in the cache, in order. */
  #cached: number[] = [];

  constructor(native: Native, batchTokens: number, contextTokens: number) {
    this.#native = native;
    this.#batchTokens = batchTokens;
    this.#contextTokens = contextTokens;
  }

  async generate(prompt: Int32Array, options: GenerateOptions, sink: TokenSink): Promise<Generated> {
    assertFits(prompt.length + options.maxTokens, this.#contextTokens);
    const { context, model } = this.#native;
    const sampler = this.#native.createSampler();
    sampler.applyConfig({ temperature: options.temperature, topP: options.topP ?? 1, seed: options.seed });
    const reused = this.#keepPrefix(options.reusePrefix ? prompt : new Int32Array(0), prompt.length - 1);
    const next = new Uint32Array(1);
    let position = prompt.length;
    let generated = 0;
    let stop: Generated['stop'] = 'length';
    let endToken: number | undefined;
    try {
      const logitIndex = await this.prefill(Uint32Array.from(prompt.subarray(reused)), reused);
      sink.promptEvaluated();
      let token = await context.sampleToken(logitIndex, sampler);
      while (true) {
        if (token < 0) throw new Error('llama.cpp sampled no token');
        if (!options.ignoreEndOfSequence && model.isEogToken(token)) {
          stop = 'end';
          endToken = token;
          break;
        }
        next[0] = token;
        generated++;
        if (!sink.token(token)) {
          stop = 'cancelled';
          break;
        }
        if (generated === options.maxTokens) break;
        context.initBatch(1);
        context.addToBatch(sequence, position, next, firstLogit);
        this.#cached.push(token);
        position++;
        // Both are queued on the one pool thread and run in order; awaiting the second alone saves a hop.
        const decoded = context.decodeBatch();
        const sampled = context.sampleToken(0, sampler);
        decoded.catch(ignoreUntilAwaited);
        sampled.catch(ignoreUntilAwaited);
        token = await sampled;
        await decoded;
      }
    } finally {
      sampler.dispose();
    }
    return { stop, cachedPromptTokens: reused, ...(endToken === undefined ? {} : { endToken }) };
  }

  /** Evaluates tokens from a position on. @returns the batch index of the last token's logits */
  async prefill(tokens: Uint32Array, from: number): Promise<number> {
    const { context } = this.#native;
    let index = 0;
    for (let done = 0; done < tokens.length; done += this.#batchTokens) {
      const chunk = tokens.subarray(done, done + this.#batchTokens);
      const last = done + chunk.length === tokens.length;
      context.initBatch(chunk.length);
      const indexes = context.addToBatch(
        sequence,
        from + done,
        chunk,
        last ? Uint32Array.of(chunk.length - 1) : noLogits,
      );
      await context.decodeBatch();
      if (last) index = indexes[0] ?? 0;
    }
    for (const token of tokens) this.#cached.push(token);
    return index;
  }

  /**
   * Evaluates a text from an empty cache and shows the logits after each of its tokens from index `from` on, in order.
   * @param show receives the logits of one batch, which are valid until its promise resolves
   */
  async evaluate(tokens: Uint32Array, from: number, show: ShowLogits): Promise<void> {
    assertFits(tokens.length, this.#contextTokens);
    this.reset();
    const { context } = this.#native;
    for (let done = 0; done < tokens.length; done += this.#batchTokens) {
      const chunk = tokens.subarray(done, done + this.#batchTokens);
      const first = Math.max(0, from - done);
      const wanted = Uint32Array.from({ length: Math.max(0, chunk.length - first) }, (_, i) => first + i);
      context.initBatch(chunk.length);
      const indexes = context.addToBatch(sequence, done, chunk, wanted);
      await context.decodeBatch();
      if (indexes.length > 0) await show(indexes, done + first);
    }
    this.reset();
  }

  /** Empties the KV cache. */
  reset(): void {
    this.#native.context.disposeSequence(sequence);
    this.#cached = [];
  }

  /** Keeps the keys and values that a new prompt shares with the last one. @returns the number of tokens kept, at most `limit` */
  #keepPrefix(prompt: Int32Array, limit: number): number {
    const shared = Math.min(limit, sharedPrefix(this.#cached, prompt));
    if (shared > 0 && this.#native.context.removeTokenCellsFromSequence(sequence, shared, -1)) {
      this.#cached.length = shared;
      return shared;
    }
    this.reset();
    return 0;
  }
}

export function sharedPrefix(cached: readonly number[], prompt: Int32Array): number {
  let shared = 0;
  while (shared < Math.min(cached.length, prompt.length) && cached[shared] === prompt[shared]) shared++;
  return shared;
}

export function ignoreUntilAwaited(): void {}

/** Beyond its context the engine would silently drop the oldest tokens. @throws RangeError when the tokens do not fit */
export function assertFits(tokens: number, contextTokens: number): void {
  if (tokens <= contextTokens) return;
  throw new RangeError(`${counted(tokens, 'tokens')} do not fit the context of ${contextTokens}; raise --context`);
}
