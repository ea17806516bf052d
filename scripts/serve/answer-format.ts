/** Answers as OpenAI's clients read them: whole, and in chunks, for chats and for plain completions. */
import { randomUUID } from 'node:crypto';
import type { Written } from './generation.ts';

/** What differs between the two kinds. */
export interface Dialect {
  idPrefix: string;
  object: string;
  chunkObject: string;
  /** What comes before the first text in a stream. */
  opening: object | undefined;
  delta(text: string): object;
  closing: object;
  whole(text: string): object;
}

export const chatDialect: Dialect = {
  idPrefix: 'chatcmpl-',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  opening: { delta: { role: 'assistant', content: '' } },
  delta: (text) => ({ delta: { content: text } }),
  closing: { delta: {} },
  whole: (text) => ({ message: { role: 'assistant', content: text, refusal: null } }),
};

export const completionDialect: Dialect = {
  idPrefix: 'cmpl-',
  object: 'text_completion',
  chunkObject: 'text_completion',
  opening: undefined,
  delta: (text) => ({ text }),
  closing: { text: '' },
  whole: (text) => ({ text }),
};

/** What the endpoint measured of an answer, milliseconds; an addition to OpenAI's format. */
export interface Timings {
  queue_ms: number;
  ttft_ms: number | null;
  tpot_ms: number | null;
}

export interface AnswerOptions {
  model: string;
  fingerprint: string;
  includeUsage: boolean;
  returnTokenIds: boolean;
}

/** The messages of one answer. */
export class AnswerFormat {
  readonly #dialect: Dialect;
  readonly #options: AnswerOptions;
  readonly #id: string;
  readonly #created = Math.floor(Date.now() / 1000);

  constructor(dialect: Dialect, options: AnswerOptions) {
    this.#dialect = dialect;
    this.#options = options;
    this.#id = dialect.idPrefix + randomUUID().replaceAll('-', '');
  }

  whole(written: Written, timings: Timings): object {
    return {
      ...this.#head(this.#dialect.object),
      choices: [this.#choice(this.#dialect.whole(written.text), written)],
      usage: usageOf(written),
      timings,
    };
  }

  /** The chunk before the first text, where there is one. */
  opening(): object[] {
    return this.#dialect.opening === undefined ? [] : [this.#chunk([this.#choice(this.#dialect.opening)])];
  }

  delta(text: string): object {
    return this.#chunk([this.#choice(this.#dialect.delta(text))]);
  }

  /** The chunks after the last text. */
  closing(written: Written, timings: Timings): object[] {
    const last = { ...this.#chunk([this.#choice(this.#dialect.closing, written)]), timings };
    return this.#options.includeUsage ? [last, { ...this.#chunk([]), usage: usageOf(written) }] : [last];
  }

  #head(object: string) {
    const { model, fingerprint } = this.#options;
    return { id: this.#id, object, created: this.#created, model, system_fingerprint: fingerprint };
  }

  #chunk(choices: object[]): object {
    const usage = this.#options.includeUsage ? { usage: null } : {};
    return { ...this.#head(this.#dialect.chunkObject), choices, ...usage };
  }

  #choice(content: object, written?: Written): object {
    const tokenIds = written !== undefined && this.#options.returnTokenIds ? { token_ids: written.ids } : {};
    return { index: 0, ...content, logprobs: null, finish_reason: written?.finishReason ?? null, ...tokenIds };
  }
}

function usageOf({ promptTokens, cachedPromptTokens, ids }: Written): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: ids.length,
    total_tokens: promptTokens + ids.length,
    prompt_tokens_details: { cached_tokens: cachedPromptTokens },
  };
}
