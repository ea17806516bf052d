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
  /** Told of every token when answers are streamed. */
  readonly #onToken: ((id: number) => void) | undefined;

  constructor(now: Clock, maxTokens: number, onToken?: (id: number) => void) {
    this.#now = now;
    this.#ids = new Int32Array(maxTokens);
    this.#atNs = new Float64Array(maxTokens);
    this.#onToken = onToken;
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

  get ids(): number[] {
    return Array.from(this.#ids.subarray(0, this.#count));
  }

  get atNs(): number[] {
    return Array.from(this.#atNs.subarray(0, this.#count));
  }
}
