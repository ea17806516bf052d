/** Energy from a meter that tells power: the trapezoids between its readings. */
export class PowerIntegral {
  #joules = 0;
  #last: { watts: number; atNs: number } | undefined;

  add(watts: number, atNs: number): void {
    if (this.#last !== undefined) {
      this.#joules += ((this.#last.watts + watts) / 2) * ((atNs - this.#last.atNs) / 1e9);
    }
    this.#last = { watts, atNs };
  }

  /** The meter told nothing meanwhile: that time has no energy that we know. */
  interrupt(): void {
    this.#last = undefined;
  }

  /** As a field of a reading; none before the meter told anything. */
  readingOf(meter: string): { energy?: Record<string, { atNs: number; joules: number }> } {
    return this.#last === undefined ? {} : { energy: { [meter]: { atNs: this.#last.atNs, joules: this.#joules } } };
  }
}
