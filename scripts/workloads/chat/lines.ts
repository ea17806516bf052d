/** Lines in the order in which they were typed, also those typed while an answer was being written. */
import type { Interface } from 'node:readline';

export class Lines {
  readonly #reader: Interface;
  readonly #waiting: string[] = [];
  #taker: ((line: string | null) => void) | undefined;
  #ended = false;

  constructor(reader: Interface) {
    this.#reader = reader;
    reader.on('line', (line) => {
      if (this.#taker === undefined) this.#waiting.push(line);
      else this.#hand(line);
    });
    reader.once('close', () => {
      this.#ended = true;
      this.#hand(null);
    });
  }

  /** Null when the input has ended. */
  next(prompt: string): Promise<string | null> {
    const typed = this.#waiting.shift();
    if (typed !== undefined) return Promise.resolve(typed);
    if (this.#ended) return Promise.resolve(null);
    this.#reader.setPrompt(prompt);
    this.#reader.prompt();
    return new Promise((resolve) => {
      this.#taker = resolve;
    });
  }

  /** Puts a line back to be taken next. */
  back(line: string): void {
    this.#waiting.unshift(line);
  }

  #hand(line: string | null): void {
    const taker = this.#taker;
    this.#taker = undefined;
    taker?.(line);
  }
}
