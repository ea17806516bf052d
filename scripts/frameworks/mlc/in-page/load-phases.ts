/** Spans of a load that another library does in one go: each ends where the next one begins. */
import type { LoadRequest, LoadSpan } from '../../framework.ts';

export class LoadPhases {
  readonly #span: LoadRequest['span'];
  #changes: Promise<void> = Promise.resolve();
  #current: Promise<void> = Promise.resolve();
  #leave: () => void = () => {};

  constructor(span: LoadRequest['span']) {
    this.#span = span;
  }

  /** Resolves when the phase has begun. */
  enter(name: LoadSpan): Promise<void> {
    return this.#change(() => {
      const left = new Promise<void>((resolve) => {
        this.#leave = resolve;
      });
      this.#current = this.#span(name, () => left);
    });
  }

  end(): Promise<void> {
    return this.#change(() => {});
  }

  /** One after the other, whoever waits for them. */
  #change(begin: () => void): Promise<void> {
    this.#changes = this.#changes.then(async () => {
      this.#leave();
      await this.#current;
      begin();
    });
    return this.#changes;
  }
}
