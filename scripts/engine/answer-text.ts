/** Text and tokens of an answer: text from tokens while they come, and tokens from an answer that came as text. */
import type { Generation, HostGeneration } from '../frameworks/messages.ts';

export interface TextTokenizer {
  tokenize(text: string): Promise<number[]>;
  detokenize(ids: readonly number[]): Promise<string[]>;
}

/** The text of an answer as it grows: the bytes of an unfinished character wait for the token that completes it. */
export class TextStream {
  readonly #detokenize: (tokens: readonly number[]) => Promise<string[]>;
  readonly #send: (text: string) => void;
  readonly #ids: number[] = [];
  #sent = 0;
  /** Where the text before the next one begins: whole characters, which a detokenizer may want to see before new ones. */
  #before = 0;
  #sending: Promise<void> = Promise.resolve();

  constructor(detokenize: (tokens: readonly number[]) => Promise<string[]>, send: (text: string) => void) {
    this.#detokenize = detokenize;
    this.#send = send;
  }

  add(...ids: readonly number[]): void {
    const upTo = this.#ids.push(...ids);
    this.#sending = this.#sending.then(() => this.#sendNew(upTo));
  }

  /** Everything that can be sent has been sent. */
  finished(): Promise<void> {
    return this.#sending;
  }

  async #sendNew(upTo: number): Promise<void> {
    const pieces = await this.#detokenize(this.#ids.slice(this.#before, upTo));
    const text = pieces.slice(this.#sent - this.#before).join('');
    if (text.endsWith('\uFFFD')) return;
    this.#send(text);
    this.#before = this.#sent;
    this.#sent = upTo;
  }
}

/** The id of a token that the server counts and whose id is unknown. */
const unknownToken = -1;

/**
 * The tokens of an answer that came as pieces of text: which they were, and with which piece each came. A token that came
 * with others in one piece has its instant, so gaps between tokens are gaps between pieces, or zero.
 */
export async function tokensOfTexts(generation: HostGeneration, tokenizer: TextTokenizer): Promise<Generation> {
  const texts = generation.texts ?? [];
  const { ids, pieces } = await named(generation, texts, tokenizer);
  return { ...generation, ids, pieces, atNs: arrivals(pieces, texts, generation.atNs) };
}

/** By the server's ids; else by our own tokenizer, as long as it finds as many as the server counts; else by that count. */
async function named(
  { served, stop }: HostGeneration,
  texts: readonly string[],
  tokenizer: TextTokenizer,
): Promise<{ ids: number[]; pieces: string[] }> {
  const whole = texts.join('');
  // Even if tokens were counted: without text nothing arrived, and what did not arrive has no instant.
  if (whole === '') return { ids: [], pieces: [] };
  const ids = [...(served?.ids ?? (await tokenizer.tokenize(whole)))];
  const counted = served?.tokens ?? null;
  if (counted === null || served?.ids != null || isSameCount(counted, ids.length, stop))
    return { ids, pieces: await tokenizer.detokenize(ids) };
  const pieces = counted === texts.length ? [...texts] : equalParts(whole, counted);
  return { ids: pieces.map(() => unknownToken), pieces };
}

/** Many servers count the token that ended the answer; here it never counts. */
export function isSameCount(counted: number, found: number, stop: Generation['stop'] | null): boolean {
  return counted === found || (stop === 'end' && counted === found + 1);
}

function equalParts(text: string, parts: number): string[] {
  const cut = (part: number) => Math.round((part / parts) * text.length);
  return Array.from({ length: parts }, (_, part) => text.slice(cut(part), cut(part + 1)));
}

/** A token is there when its last character is; one without text of its own when the next one with text is. */
function arrivals(pieces: readonly string[], texts: readonly string[], atNs: readonly number[]): number[] {
  let chunk = 0;
  let arrived = texts[0]?.length ?? 0;
  let needed = 0;
  const instants = pieces.map((piece) => {
    needed += piece.length;
    while (arrived < needed && chunk < texts.length - 1) {
      chunk++;
      arrived += texts[chunk]?.length ?? 0;
    }
    return atNs[chunk] ?? Number.NaN;
  });
  for (let i = pieces.length - 2; i >= 0; i--) {
    if (pieces[i] === '') instants[i] = instants[i + 1] ?? Number.NaN;
  }
  return instants;
}
