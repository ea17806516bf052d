/** A line of requests before a few seats: first come, first served, and no longer than it may be. */
import { queueFull } from './api-error.ts';

interface Waiter<Seat> {
  sit(seat: Seat): void;
  refuse(reason: unknown): void;
}

export class WaitingLine<Seat> {
  readonly #limit: number;
  readonly #free = new Set<Seat>();
  readonly #waiting = new Set<Waiter<Seat>>();

  /** @param limit how many may wait */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves when it is one's turn.
   * @param signal aborted: leaves the line
   * @throws ApiError 429 when the line is full, or the reason of the signal
   */
  async take(signal: AbortSignal): Promise<Seat> {
    signal.throwIfAborted();
    const [free] = this.#free;
    if (free !== undefined) {
      this.#free.delete(free);
      return free;
    }
    if (this.#waiting.size >= this.#limit) throw queueFull(this.#limit);
    return new Promise((resolve, reject) => {
      const leave = () => waiter.refuse(signal.reason);
      const waiter: Waiter<Seat> = {
        sit: (seat) => {
          signal.removeEventListener('abort', leave);
          this.#waiting.delete(waiter);
          resolve(seat);
        },
        refuse: (reason) => {
          signal.removeEventListener('abort', leave);
          this.#waiting.delete(waiter);
          reject(reason);
        },
      };
      signal.addEventListener('abort', leave);
      this.#waiting.add(waiter);
    });
  }

  /** A seat is free: for the first in line, or for who comes next. */
  offer(seat: Seat): void {
    const [first] = this.#waiting;
    if (first === undefined) this.#free.add(seat);
    else first.sit(seat);
  }

  /** A seat is no longer to be had. */
  withdraw(seat: Seat): void {
    this.#free.delete(seat);
  }

  /** Sends everybody who waits away. */
  refuseAll(reason: unknown): void {
    for (const waiter of [...this.#waiting]) waiter.refuse(reason);
  }
}
