/**
 * Several answers at a time on the native context: each step puts the tokens of all of them into one batch, one `llama_decode`.
 * Answers begin and end between two steps, and only there the cache is changed.
 *
 * llama.cpp computes sequences of a batch together only where they follow each other (llama_batch_allocr::split_equal), so a
 * new answer takes the lowest free sequence, and a batch is filled in their order.
 */

import { usageError } from '../../command-line/errors.ts';
import type { Generated, GenerateOptions, TokenSink } from '../framework.ts';
import type { Native } from './addon.ts';
import { assertFits, ignoreUntilAwaited, sharedPrefix } from './decode-loop.ts';

type Sampler = ReturnType<Native['createSampler']>;

interface Sequence {
  readonly index: number;
  /** Token ids whose keys and values are in the cache, in order. */
  readonly cached: number[];
}

interface Answer {
  readonly sequence: Sequence;
  readonly sampler: Sampler;
  readonly prompt: Int32Array;
  readonly options: GenerateOptions;
  readonly sink: TokenSink;
  stage: 'new' | 'prompt' | 'writing';
  /** Tokens to evaluate: the rest of the prompt, later the last token. */
  waiting: Uint32Array;
  cachedPromptTokens: number;
  generated: number;
  finish(generated: Generated): void;
  fail(error: unknown): void;
}

const noTokens = new Uint32Array(0);
const noLogits = noTokens;

export class BatchLoop {
  readonly #native: Native;
  readonly #batchTokens: number;
  readonly #contextTokens: number;
  /** Free sequences, lowest first. */
  readonly #free: Sequence[];
  /** Answers in order of arrival. */
  readonly #answers = new Set<Answer>();
  #running = false;

  /** @param contextTokens context of each sequence */
  constructor(native: Native, sequences: number, batchTokens: number, contextTokens: number) {
    this.#native = native;
    this.#batchTokens = batchTokens;
    this.#contextTokens = contextTokens;
    this.#free = Array.from({ length: sequences }, (_, index) => ({ index, cached: [] }));
  }

  async generate(prompt: Int32Array, options: GenerateOptions, sink: TokenSink): Promise<Generated> {
    assertFits(prompt.length + options.maxTokens, this.#contextTokens);
    const sequence = this.#take(options.reusePrefix ? prompt : undefined);
    const sampler = this.#native.createSampler();
    sampler.applyConfig({ temperature: options.temperature, topP: options.topP ?? 1, seed: options.seed });
    try {
      return await new Promise((finish, fail) => {
        const state = { stage: 'new' as const, waiting: noTokens, cachedPromptTokens: 0, generated: 0 };
        this.#answers.add({ sequence, sampler, prompt, options, sink, ...state, finish, fail });
        if (!this.#running) void this.#run();
      });
    } finally {
      sampler.dispose();
      this.#free.push(sequence);
      this.#free.sort((a, b) => a.index - b.index);
    }
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#answers.size > 0) await this.#step();
    } catch (error) {
      for (const answer of this.#answers) {
        this.#empty(answer.sequence);
        answer.fail(error);
      }
      this.#answers.clear();
    } finally {
      this.#running = false;
    }
  }

  async #step(): Promise<void> {
    const { context } = this.#native;
    const answers = [...this.#answers];
    for (const answer of answers) if (answer.stage === 'new') this.#begin(answer);
    const shares = shareBatch(
      answers.map(({ waiting }) => waiting.length),
      this.#batchTokens,
    );
    const parts = answers
      .map((answer, i) => ({ answer, tokens: answer.waiting.subarray(0, shares[i]) }))
      .sort((a, b) => a.answer.sequence.index - b.answer.sequence.index);
    context.initBatch(parts.reduce((sum, { tokens }) => sum + tokens.length, 0));
    const ready: Array<{ answer: Answer; logitIndex: number }> = [];
    for (const { answer, tokens } of parts) {
      const whole = tokens.length === answer.waiting.length;
      const { index, cached } = answer.sequence;
      const wanted = whole ? Uint32Array.of(tokens.length - 1) : noLogits;
      const [logitIndex] = context.addToBatch(index, cached.length, tokens, wanted);
      for (const token of tokens) cached.push(token);
      answer.waiting = answer.waiting.subarray(tokens.length);
      if (logitIndex !== undefined) ready.push({ answer, logitIndex });
    }
    // All are queued on the one pool thread and run in order: nothing is awaited between decoding and sampling.
    const decoded = context.decodeBatch();
    const sampled = ready.map(({ answer, logitIndex }) => context.sampleToken(logitIndex, answer.sampler));
    for (const token of sampled) token.catch(ignoreUntilAwaited);
    await decoded;
    for (const { answer } of ready) {
      if (answer.stage === 'prompt') answer.sink.promptEvaluated();
      answer.stage = 'writing';
    }
    for (const [i, { answer }] of ready.entries()) this.#hand(answer, (await sampled[i]) ?? -1);
  }

  #begin(answer: Answer): void {
    const { sequence, prompt, options } = answer;
    answer.cachedPromptTokens = this.#keepPrefix(sequence, options.reusePrefix ? prompt : new Int32Array(0));
    answer.waiting = Uint32Array.from(prompt.subarray(answer.cachedPromptTokens));
    answer.stage = 'prompt';
  }

  /** Passes on a token and decides whether its answer continues. */
  #hand(answer: Answer, token: number): void {
    if (token < 0) throw new Error('llama.cpp sampled no token');
    const stop = this.#stopOf(answer, token);
    if (stop === undefined) {
      answer.waiting = Uint32Array.of(token);
      return;
    }
    this.#answers.delete(answer);
    answer.finish({ stop, cachedPromptTokens: answer.cachedPromptTokens });
  }

  /** Why the answer stops; undefined: it continues. */
  #stopOf(answer: Answer, token: number): Generated['stop'] | undefined {
    const { options, sink } = answer;
    if (!options.ignoreEndOfSequence && this.#native.model.isEogToken(token)) return 'end';
    answer.generated++;
    if (!sink.token(token)) return 'cancelled';
    return answer.generated === options.maxTokens ? 'length' : undefined;
  }

  /** Takes the lowest free sequence, or for a prompt that may reuse a prefix the one that shares most with it. */
  #take(prompt: Int32Array | undefined): Sequence {
    const shares = this.#free.map(({ cached }) => (prompt === undefined ? 0 : sharedPrefix(cached, prompt)));
    const [sequence] = this.#free.splice(shares.indexOf(Math.max(...shares)), 1);
    if (sequence !== undefined) return sequence;
    throw usageError('all sequences of the engine are in use', 'Request more of them with --sequences N.');
  }

  /** Keeps the keys and values that a new prompt shares with the last one of its sequence. @returns the number of tokens kept */
  #keepPrefix(sequence: Sequence, prompt: Int32Array): number {
    const shared = Math.min(sharedPrefix(sequence.cached, prompt), prompt.length - 1);
    if (shared > 0 && this.#native.context.removeTokenCellsFromSequence(sequence.index, shared, -1)) {
      sequence.cached.length = shared;
      return shared;
    }
    this.#empty(sequence);
    return 0;
  }

  #empty(sequence: Sequence): void {
    this.#native.context.disposeSequence(sequence.index);
    sequence.cached.length = 0;
  }
}

/**
 * Divides a batch among the answers. Every answer gets at least one token of each batch, so none waits for the long prompt of
 * another; the remaining room goes to the prompts, first come, first served.
 * @param waiting tokens that each answer has to evaluate, at least one, in order of arrival
 * @param batchTokens size of the batch, at least one for each answer
 * @returns tokens of each answer in this batch
 */
export function shareBatch(waiting: readonly number[], batchTokens: number): number[] {
  let room = batchTokens - waiting.length;
  return waiting.map((tokens) => {
    const more = Math.min(tokens - 1, Math.max(0, room));
    room -= more;
    return 1 + more;
  });
}
