/** Where an engine host keeps ids and instants while it generates: written between two tokens, so it only stores. */
import type { TokenSink } from '../frameworks/framework.ts';
import type { Clock } from './clock.ts';

export class TokenStamps implements TokenSink {
  readonly #now: Clock;
  readonly #ids: Int32Array;
  readonly #atNs: Float64Array;
  #count = 0;
  promptEvaluatedNs: number | null = null;
  cancelled = false;
  /** Receives every token when answers are streamed. */
  readonly #onToken: ((id: number) => void) | undefined;
  /** Receives every piece of text when answers are streamed. */
  readonly #onText: ((piece: string) => void) | undefined;
  /** Pieces of text, with the instants at which they came in. */
  readonly texts: string[] = [];
  readonly textsAtNs: number[] = [];
  /** When anything came in for the first time. */
  firstArrivedNs: number | null = null;
  #arrivedNs = 0;

  constructor(now: Clock, maxTokens: number, onToken?: (id: number) => void, onText?: (piece: string) => void) {
    this.#now = now;
    this.#ids = new Int32Array(maxTokens);
    this.#atNs = new Float64Array(maxTokens);
    this.#onToken = onToken;
    this.#onText = onText;
  }

  promptEvaluated(): void {
    this.promptEvaluatedNs = this.#now();
  }

  token(id: number): boolean {
    this.#atNs[this.#count] = this.#now();
    this.#ids[this.#count] = id;
    this.#count++;
    this.#onToken?.(id);
    return !this.cancelled;
  }

  arrived(): void {
    this.#arrivedNs = this.#now();
    this.firstArrivedNs ??= this.#arrivedNs;
  }

  text(piece: string): boolean {
    this.textsAtNs.push(this.#arrivedNs);
    this.texts.push(piece);
    this.#onText?.(piece);
    return !this.cancelled;
  }

  get ids(): number[] {
    return Array.from(this.#ids.subarray(0, this.#count));
  }

  get atNs(): number[] {
    return Array.from(this.#atNs.subarray(0, this.#count));
  }
}
