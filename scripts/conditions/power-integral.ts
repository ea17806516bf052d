/** Energy from a meter that tells power: the trapezoids between its readings. */
export class PowerIntegral {
  #joules = 0;
  #last: { watts: number; atNs: number } | undefined;

  get joules(): number {
    return this.#joules;
  }

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
}
