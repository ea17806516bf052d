/** Reads an answer event by event: passes its text to the sink, and reports in the end what it was, or why it was none. */
import { counted as countedWords } from '../../command-line/format.ts';
import type { Generated, TokenSink } from '../framework.ts';
import { readDelta, type Usage } from './delta.ts';
import type { EventListener, Progress, StreamEnd } from './event-stream.ts';
import { serverFailure } from './server-failure.ts';

/** The last message of this server about an answer, if it does not close the stream: found out once, by waiting for more. */
export interface Tail {
  isLast: 'unknown' | 'finish_reason' | 'usage';
}

interface ReadingOptions {
  maxTokens: number;
  /** Ids that end a generation. */
  endOfSequence: ReadonlySet<number>;
  tail: Tail;
}

export class AnswerReading implements EventListener {
  readonly #sink: TokenSink;
  readonly #maxTokens: number;
  readonly #endOfSequence: ReadonlySet<number>;
  readonly #tail: Tail;
  readonly #onStop: () => void;
  readonly #ids: number[] = [];
  #usage: Usage = { promptTokens: null, tokens: null, cachedPromptTokens: null, reasoningTokens: null };
  #finishReason: string | null = null;
  #hasText = false;
  #hasReasoning = false;

  /** @param onStop called when the sink accepts no more text */
  constructor(sink: TokenSink, { maxTokens, endOfSequence, tail }: ReadingOptions, onStop: () => void) {
    this.#sink = sink;
    this.#maxTokens = maxTokens;
    this.#endOfSequence = endOfSequence;
    this.#tail = tail;
    this.#onStop = onStop;
  }

  arrived(): void {
    this.#sink.arrived();
  }

  event(data: string): Progress {
    const { text, reasons, ids, usage, finishReason } = readDelta(data);
    this.#hasReasoning ||= reasons;
    if (text !== '') {
      this.#hasText = true;
      // Some say "stop" where the reasoning stops: what has text after its end has not ended.
      this.#finishReason = null;
      if (!this.#sink.text(text)) this.#onStop();
    }
    if (ids !== null) this.#ids.push(...ids);
    if (usage !== null) {
      const told = Object.entries(usage).filter(([, count]) => count !== null);
      this.#usage = { ...this.#usage, ...Object.fromEntries(told) };
    }
    this.#finishReason = finishReason ?? this.#finishReason;
    if (finishReason !== null && endOf(finishReason) === undefined) {
      throw serverFailure(
        'aborted',
        `the server ended the answer by itself, with finish_reason "${finishReason}"`,
        200,
      );
    }
    return this.#progress();
  }

  #progress(): Progress {
    if (this.#finishReason === null) return 'open';
    const { isLast } = this.#tail;
    const isComplete = isLast === 'finish_reason' || (isLast === 'usage' && this.#usage.tokens !== null);
    return isComplete ? 'complete' : 'finished';
  }

  /** @throws RequestFailure for a stream that ended in order without an answer */
  whole(asked: 'ids' | 'messages', end: StreamEnd): Generated {
    if (end === 'silence') this.#tail.isLast = this.#usage.tokens === null ? 'finish_reason' : 'usage';
    if (!this.#hasText) this.#requireEmpty();
    const cut = this.#usage.tokens !== null && this.#usage.tokens >= this.#maxTokens;
    const silentStop = cut ? 'length' : 'end';
    return this.#generated(asked, (this.#finishReason === null ? undefined : endOf(this.#finishReason)) ?? silentStop);
  }

  cut(asked: 'ids' | 'messages'): Generated {
    return this.#generated(asked, 'cancelled');
  }

  #generated(asked: 'ids' | 'messages', stop: Generated['stop']): Generated {
    const { promptTokens, cachedPromptTokens } = this.#usage;
    // Some tell the token that ended the answer too; here it never counts.
    const last = this.#ids.at(-1);
    if (stop === 'end' && last !== undefined && this.#endOfSequence.has(last)) this.#ids.pop();
    const ids = this.#ids.length > 0 ? this.#ids : null;
    return {
      stop,
      cachedPromptTokens: cachedPromptTokens ?? 0,
      served: { asked, promptTokens, tokens: this.#shownTokens(), ids },
    };
  }

  /** Tokens of the text that came, as the server counts them: without reasoning that it kept to itself. */
  #shownTokens(): number | null {
    const { tokens, reasoningTokens } = this.#usage;
    if (tokens === null) return null;
    const shown = tokens - (this.#hasReasoning ? 0 : (reasoningTokens ?? 0));
    return shown === 0 && this.#hasText ? null : shown;
  }

  /** Without text an answer is one only where the model had nothing to say: the end of the sequence may be counted. */
  #requireEmpty(): void {
    const { tokens } = this.#usage;
    const reason = this.#finishReason;
    if (reason === null) {
      throw serverFailure('broken_stream', 'the stream ended without text and without a finish_reason', 200);
    }
    const counted = Math.max(tokens ?? 0, this.#ids.length);
    if (/^stop|^eos|^end/i.test(reason) && counted <= 1) return;
    const told = counted > 0 ? countedWords(counted, 'tokens') : 'an answer';
    throw serverFailure('no_text', `the server reports ${told} without text, with finish_reason "${reason}"`, 200);
  }
}

/** Reasons for the end of an answer, in the words of known servers; any other reason is not a success. */
const ends = ['stop', 'eos', 'eos_token', 'stop_token', 'stop_sequence', 'end_turn', 'complete', 'completed'];
const limits = ['length', 'max_tokens', 'max_length', 'model_length'];
const calls = ['tool_calls', 'tool_call', 'function_call', 'tool_use'];

/** @returns undefined for `abort`, `error`, `cancelled`, `content_filter` and other ends of an incomplete answer */
function endOf(finishReason: string): 'end' | 'length' | undefined {
  const reason = finishReason.toLowerCase();
  if (limits.includes(reason)) return 'length';
  return ends.includes(reason) || calls.includes(reason) ? 'end' : undefined;
}
