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
