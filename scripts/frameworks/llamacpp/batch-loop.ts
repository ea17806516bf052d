/**
 * Several answers at a time on the native context: each step puts the tokens of all of them into one batch, one `llama_decode`.
 * Answers begin and end between two steps, and only there the cache is changed. A text whose logits are wanted takes part like
 * the prompt of an answer.
 *
 * llama.cpp computes sequences of a batch together only where they follow each other (llama_batch_allocr::split_equal), so a
 * new answer takes the lowest free sequence, and a batch is filled in their order.
 */

import { usageError } from '../../command-line/errors.ts';
import type { Generated, GenerateOptions, TokenSink } from '../framework.ts';
import type { Native } from './addon.ts';
import { assertFits, ignoreUntilAwaited, type ShowLogits, sharedPrefix } from './decode-loop.ts';

type Sampler = ReturnType<Native['createSampler']>;

interface Sequence {
  readonly index: number;
  /** Token ids whose keys and values are in the cache, in order. */
  readonly cached: number[];
}

interface Participant {
  readonly sequence: Sequence;
  /** Tokens to evaluate: the rest of the prompt or text, later the last token. */
  waiting: Uint32Array;
  fail(error: unknown): void;
}

interface Answer extends Participant {
  readonly kind: 'answer';
  readonly sampler: Sampler;
  readonly prompt: Int32Array;
  readonly options: GenerateOptions;
  readonly sink: TokenSink;
  stage: 'new' | 'prompt' | 'writing';
  cachedPromptTokens: number;
  generated: number;
  finish(generated: Generated): void;
}

/** A text that is evaluated for its logits. */
interface Text extends Participant {
  readonly kind: 'text';
  /** Index of the first token after which the logits are wanted. */
  readonly from: number;
  readonly show: ShowLogits;
  stage: 'new' | 'prompt';
  finish(): void;
}

const noTokens = new Uint32Array(0);
const noLogits = noTokens;

export class BatchLoop {
  readonly #native: Native;
  readonly #batchTokens: number;
  readonly #contextTokens: number;
  /** Free sequences, lowest first. */
  readonly #free: Sequence[];
  /** In order of arrival. */
  readonly #participants = new Set<Answer | Text>();
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
        this.#join({ kind: 'answer', sequence, sampler, prompt, options, sink, ...state, finish, fail });
      });
    } finally {
      sampler.dispose();
      this.#give(sequence);
    }
  }

  /**
   * Evaluates a text in a sequence that holds nothing else and shows the logits after each of its tokens from index `from` on, in
   * order. The answers of other sequences go on meanwhile.
   * @param show receives the logits of one batch, which are valid until its promise resolves
   */
  async evaluate(tokens: Uint32Array, from: number, show: ShowLogits): Promise<void> {
    assertFits(tokens.length, this.#contextTokens);
    const sequence = this.#take(undefined);
    try {
      await new Promise<void>((finish, fail) => {
        this.#join({ kind: 'text', sequence, waiting: tokens, from, show, stage: 'new', finish, fail });
      });
    } finally {
      this.#give(sequence);
    }
  }

  #join(participant: Answer | Text): void {
    this.#participants.add(participant);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#participants.size > 0) await this.#step();
    } catch (error) {
      for (const participant of this.#participants) {
        this.#empty(participant.sequence);
        participant.fail(error);
      }
      this.#participants.clear();
    } finally {
      this.#running = false;
    }
  }

  async #step(): Promise<void> {
    const { context } = this.#native;
    const participants = [...this.#participants];
    for (const participant of participants) if (participant.stage === 'new') this.#begin(participant);
    const shares = shareBatch(
      participants.map(({ waiting }) => waiting.length),
      this.#batchTokens,
    );
    const parts = participants
      .map((participant, i) => ({ participant, tokens: participant.waiting.subarray(0, shares[i]) }))
      .sort((a, b) => a.participant.sequence.index - b.participant.sequence.index);
    context.initBatch(parts.reduce((sum, { tokens }) => sum + tokens.length, 0));
    const ready: Array<{ answer: Answer; logitIndex: number }> = [];
    const evaluated: Array<{ text: Text; logitIndexes: Uint32Array; firstToken: number }> = [];
    for (const { participant, tokens } of parts) {
      const { index, cached } = participant.sequence;
      const wanted = wantedLogits(participant, tokens.length, cached.length);
      const logitIndexes = context.addToBatch(index, cached.length, tokens, wanted);
      const firstToken = cached.length + (wanted[0] ?? 0);
      for (const token of tokens) cached.push(token);
      participant.waiting = participant.waiting.subarray(tokens.length);
      if (participant.kind === 'text') {
        evaluated.push({ text: participant, logitIndexes, firstToken });
        continue;
      }
      const [logitIndex] = logitIndexes;
      if (logitIndex !== undefined) ready.push({ answer: participant, logitIndex });
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
    for (const { text, logitIndexes, firstToken } of evaluated) await this.#show(text, logitIndexes, firstToken);
  }

  /** Passes on the logits of one batch. What the receiver throws ends this text and no other work. */
  async #show(text: Text, logitIndexes: Uint32Array, firstToken: number): Promise<void> {
    try {
      if (logitIndexes.length > 0) await text.show(logitIndexes, firstToken);
      if (text.waiting.length > 0) return;
      text.finish();
    } catch (error) {
      text.fail(error);
    }
    this.#participants.delete(text);
  }

  /** Prepares a sequence before its first batch. */
  #begin(participant: Answer | Text): void {
    participant.stage = 'prompt';
    if (participant.kind === 'text') {
      this.#empty(participant.sequence);
      return;
    }
    const { sequence, prompt, options } = participant;
    participant.cachedPromptTokens = this.#keepPrefix(sequence, options.reusePrefix ? prompt : new Int32Array(0));
    participant.waiting = Uint32Array.from(prompt.subarray(participant.cachedPromptTokens));
  }

  /** Passes on a token and decides whether its answer continues. */
  #hand(answer: Answer, token: number): void {
    if (token < 0) throw new Error('llama.cpp sampled no token');
    const stop = this.#stopOf(answer, token);
    if (stop === undefined) {
      answer.waiting = Uint32Array.of(token);
      return;
    }
    this.#participants.delete(answer);
    const ended = stop === 'end' ? { endToken: token } : {};
    answer.finish({ stop, cachedPromptTokens: answer.cachedPromptTokens, ...ended });
  }

  /** Why the answer stops; undefined: it continues. */
  #stopOf(answer: Answer, token: number): Generated['stop'] | undefined {
    const { options, sink } = answer;
    if (!options.ignoreEndOfSequence && this.#native.model.isEogToken(token)) return 'end';
    answer.generated++;
    if (!sink.token(token)) return 'cancelled';
    return answer.generated === options.maxTokens ? 'length' : undefined;
  }

  #give(sequence: Sequence): void {
    this.#free.push(sequence);
    this.#free.sort((a, b) => a.index - b.index);
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

/** Indexes of the tokens of a batch whose logits are wanted. @param position of the first of them in its sequence */
function wantedLogits(participant: Answer | Text, tokens: number, position: number): Uint32Array {
  if (participant.kind === 'text') {
    const first = Math.max(0, participant.from - position);
    return Uint32Array.from({ length: Math.max(0, tokens - first) }, (_, i) => first + i);
  }
  return tokens === participant.waiting.length ? Uint32Array.of(tokens - 1) : noLogits;
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
