/** Answers as OpenAI's clients read them: whole, and in chunks, for chats and for plain completions. */
import { randomUUID } from 'node:crypto';
import type { Written } from './generation.ts';
import type { TokenLikelihood } from './log-probabilities.ts';

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
  /** Whether the token that ended an answer is listed after those of its text. */
  listsEnd: boolean;
  logprobs(tokens: readonly TokenLikelihood[]): object;
}

export const chatDialect: Dialect = {
  idPrefix: 'chatcmpl-',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  opening: { delta: { role: 'assistant', content: '' } },
  delta: (text) => ({ delta: { content: text } }),
  closing: { delta: {} },
  whole: (text) => ({ message: { role: 'assistant', content: text, refusal: null } }),
  listsEnd: false,
  logprobs: (tokens) => ({
    content: tokens.map((token) => ({ ...chatToken(token), top_logprobs: (token.alternatives ?? []).map(chatToken) })),
    refusal: null,
  }),
};

export const completionDialect: Dialect = {
  idPrefix: 'cmpl-',
  object: 'text_completion',
  chunkObject: 'text_completion',
  opening: undefined,
  delta: (text) => ({ text }),
  closing: { text: '' },
  whole: (text) => ({ text }),
  listsEnd: true,
  logprobs: (tokens) => ({
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logProbability }) => logProbability),
    top_logprobs: tokens.map(completionAlternatives),
    text_offset: offsetsOf(tokens),
  }),
};

function chatToken({ text, logProbability }: { text: string; logProbability: number | null }): object {
  return { token: text, logprob: logProbability, bytes: [...Buffer.from(text, 'utf8')] };
}

/** By the texts of the tokens, the one that came included; of several tokens with one text the most probable counts. */
function completionAlternatives({ text, logProbability, alternatives }: TokenLikelihood): object | null {
  if (logProbability === null) return null;
  const byText = new Map<string, number>();
  for (const one of [...(alternatives ?? []), { text, logProbability }]) {
    if (!byText.has(one.text)) byText.set(one.text, one.logProbability);
  }
  return Object.fromEntries(byText);
}

/** Where each token begins in the text, in characters as Unicode counts them. */
function offsetsOf(tokens: readonly TokenLikelihood[]): number[] {
  let offset = 0;
  return tokens.map(({ text }) => {
    const begin = offset;
    offset += [...text].length;
    return begin;
  });
}

/** What the endpoint measured of an answer, milliseconds; an addition to OpenAI's format. */
export interface Timings {
  queue_ms: number;
  ttft_ms: number | null;
  tpot_ms: number | null;
}

/** The answer to one prompt. */
export interface Answer {
  written: Written;
  timings: Timings;
  /** Of the tokens of the echo and of the text, and of the one that ended it; undefined where they were not asked for. */
  likelihoods: readonly TokenLikelihood[] | undefined;
}

export interface AnswerOptions {
  model: string;
  fingerprint: string;
  includeUsage: boolean;
  returnTokenIds: boolean;
}

/** The messages of one response, which has an answer to each of its prompts. */
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

  /** The timings of several answers are those of their choices. */
  whole(answers: readonly Answer[]): object {
    const [first, ...others] = answers;
    const several = others.length > 0;
    return {
      ...this.#head(this.#dialect.object),
      choices: answers.map((answer, index) => ({
        ...this.#choice(index, this.#dialect.whole(textOf(answer)), answer),
        ...(several ? { timings: answer.timings } : {}),
      })),
      usage: usageOf(answers),
      ...(several ? {} : { timings: first?.timings }),
    };
  }

  /** The chunk before the first text, where there is one. */
  opening(): object[] {
    return this.#dialect.opening === undefined ? [] : [this.#chunk([this.#choice(0, this.#dialect.opening)])];
  }

  delta(index: number, text: string): object {
    return this.#chunk([this.#choice(index, this.#dialect.delta(text))]);
  }

  /** The chunk after the last text of an answer. */
  closing(index: number, answer: Answer): object {
    return { ...this.#chunk([this.#choice(index, this.#dialect.closing, answer)]), timings: answer.timings };
  }

  /** The chunk after the last answer, where one was asked for. */
  usage(answers: readonly Answer[]): object[] {
    return this.#options.includeUsage ? [{ ...this.#chunk([]), usage: usageOf(answers) }] : [];
  }

  #head(object: string) {
    const { model, fingerprint } = this.#options;
    return { id: this.#id, object, created: this.#created, model, system_fingerprint: fingerprint };
  }

  #chunk(choices: object[]): object {
    const usage = this.#options.includeUsage ? { usage: null } : {};
    return { ...this.#head(this.#dialect.chunkObject), choices, ...usage };
  }

  #choice(index: number, content: object, answer?: Answer): object {
    const tokenIds = answer !== undefined && this.#options.returnTokenIds ? { token_ids: answer.written.ids } : {};
    const logprobs = answer?.likelihoods === undefined ? null : this.#dialect.logprobs(answer.likelihoods);
    return { index, ...content, logprobs, finish_reason: answer?.written.finishReason ?? null, ...tokenIds };
  }
}

function textOf({ written: { echoed = [], text } }: Answer): string {
  return echoed.join('') + text;
}

function usageOf(answers: readonly Answer[]): object {
  const sum = (count: (written: Written) => number) => answers.reduce((all, { written }) => all + count(written), 0);
  const promptTokens = sum(({ prompt }) => prompt.length);
  const completionTokens = sum(({ ids }) => ids.length);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: sum(({ cachedPromptTokens }) => cachedPromptTokens) },
  };
}
