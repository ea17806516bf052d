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
