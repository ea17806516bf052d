/** One answer of one engine: tokens of the prompt, room in the context, text as it grows, stop strings, cancellation. */
import type { EngineSlot } from '../engine/pool/slots.ts';
import type { Sampling } from '../frameworks/messages.ts';
import { badRequest } from './api-error.ts';

export interface Job extends Omit<Sampling, 'maxTokens'> {
  prompt: Prompt;
  /** The answer begins with the prompt. */
  echo: boolean;
  /** Undefined: as many as there is room for. */
  maxTokens: number | undefined;
  /** Most tokens that any answer gets. */
  tokenLimit: number;
  topP: number;
  stop: readonly string[];
}

export interface Prompt {
  /** Text with special tokens written out, or token ids. */
  content: string | readonly number[];
  /** The content begins with a token that the client did not send: an echo leaves out its text. */
  begun: boolean;
}

export interface Written {
  /** What the model wrote. */
  text: string;
  finishReason: 'stop' | 'length';
  prompt: readonly number[];
  /** Text of each token of the prompt; undefined where it is not echoed. */
  echoed: readonly string[] | undefined;
  cachedPromptTokens: number;
  /** Text of each generated token. */
  pieces: readonly string[];
  /** The token by which the model ended its answer; undefined where something else ended it. */
  endToken: number | undefined;
  /** Up to the one that completed a stop string. */
  ids: readonly number[];
  /** When each of them existed in the engine: nanoseconds since the origin that engines and endpoint share. */
  atNs: readonly number[];
}

export interface Listener {
  /** Receives the text as it grows, without stop strings; absent: the answer is wanted whole. */
  onText?: ((text: string) => void) | undefined;
  /** Aborted: nobody wants the answer any more. */
  signal: AbortSignal;
}

/** @throws ApiError 400 when prompt and answer have no room, the signal's reason when it was aborted */
export async function generateText(slot: EngineSlot, job: Job, { onText, signal }: Listener): Promise<Written> {
  const { engine, contextTokens } = slot;
  const { content, begun } = job.prompt;
  const prompt = typeof content === 'string' ? (await engine.tokenize(content)).ids : [...content];
  const maxTokens = roomFor(job, prompt.length, contextTokens);
  const echoed = job.echo ? await echoOf(engine, prompt, begun) : undefined;
  signal.throwIfAborted();
  if (echoed !== undefined) onText?.(echoed.join(''));
  if (maxTokens === 0) return { ...nothingWritten, prompt, echoed };
  const scanner = new StopScanner(job.stop);
  let shown = 0;
  const show = (text: string) => {
    if (text === '') return;
    shown += text.length;
    onText?.(text);
  };
  const stopWord = new AbortController();
  const onPiece = (piece: string) => {
    if (scanner.stopped) return;
    show(scanner.add(piece));
    if (scanner.stopped) stopWord.abort();
  };
  const { temperature, topP, seed, ignoreEndOfSequence, reusePrefix } = job;
  const { pieces, ids, atNs, stop, cachedPromptTokens, endToken } = await engine.generate(
    {
      prompt,
      maxTokens,
      temperature,
      topP,
      seed,
      ignoreEndOfSequence,
      reusePrefix,
      // Whole answers are sent whole by the engine too, unless it has to be stopped at a word.
      stream: onText !== undefined || job.stop.length > 0,
    },
    { onPiece, signal: AbortSignal.any([signal, stopWord.signal]) },
  );
  signal.throwIfAborted();
  const { text, tokens, stopped } = untilStop(pieces, job.stop);
  // What waited for the rest of a character or of a stop string.
  show(text.slice(shown));
  return {
    text,
    finishReason: stopped || stop !== 'length' ? 'stop' : 'length',
    prompt,
    echoed,
    cachedPromptTokens,
    pieces: pieces.slice(0, tokens),
    endToken: stopped ? undefined : endToken,
    ids: ids.slice(0, tokens),
    atNs: atNs.slice(0, tokens),
  };
}

/** Where a request wants no answer to its prompt. */
const nothingWritten = {
  text: '',
  finishReason: 'length',
  cachedPromptTokens: 0,
  pieces: [],
  endToken: undefined,
  ids: [],
  atNs: [],
} as const;

/** Text of each token of a prompt, special tokens written out. */
async function echoOf(engine: EngineSlot['engine'], prompt: readonly number[], begun: boolean): Promise<string[]> {
  const pieces = await engine.detokenize(prompt, true);
  return begun ? ['', ...pieces.slice(1)] : pieces;
}

/** The same cut as while streaming, over all that the engine wrote before it heard of the stop. */
function untilStop(pieces: readonly string[], stops: readonly string[]) {
  const scanner = new StopScanner(stops);
  let text = '';
  for (const [i, piece] of pieces.entries()) {
    text += scanner.add(piece);
    if (scanner.stopped) return { text, tokens: i + 1, stopped: true };
  }
  return { text: text + scanner.rest(), tokens: pieces.length, stopped: false };
}

function roomFor({ maxTokens, tokenLimit }: Job, promptTokens: number, contextTokens: number): number {
  const room = contextTokens - promptTokens;
  if (promptTokens === 0) throw badRequest('the prompt is empty', 'prompt');
  if (maxTokens !== undefined && maxTokens > tokenLimit) {
    throw badRequest(`an answer may have ${tokenLimit} tokens here, not ${maxTokens}`, 'max_tokens');
  }
  if ((maxTokens ?? 1) > room) {
    throw badRequest(
      `the context has ${contextTokens} tokens, but the prompt has ${promptTokens} and the answer may have ${maxTokens ?? 1}`,
      'max_tokens',
      'context_length_exceeded',
    );
  }
  return maxTokens ?? Math.min(tokenLimit, room);
}

/** Ends a text before the first stop string in it, also where that comes in several pieces. */
export class StopScanner {
  readonly #stops: readonly string[];
  /** Text that may be the beginning of a stop string. */
  #held = '';
  #stopped = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** @returns what can be shown now; the rest waits until it is clear that no stop string begins with it */
  add(piece: string): string {
    if (this.#stopped) return '';
    const text = this.#held + piece;
    const at = this.#stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
    if (at.length > 0) {
      this.#stopped = true;
      this.#held = '';
      return text.slice(0, Math.min(...at));
    }
    const keep = this.#beginningOfStop(text);
    this.#held = text.slice(text.length - keep);
    return text.slice(0, text.length - keep);
  }

  /** What was held back, when no more text comes. */
  rest(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  /** Length of the longest end of the text that a stop string begins with. */
  #beginningOfStop(text: string): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const end = text.slice(-length);
      if (this.#stops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }
}
