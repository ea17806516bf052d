/** Requests that wait for one of a few slots: first come, first served, and no more than may wait. */
import { UserError } from '../../command-line/errors.ts';

/** A request that is not answered, although nothing is wrong with it. */
export class RequestRefused extends UserError {
  readonly reason: 'queue_full' | 'unavailable';

  constructor(reason: RequestRefused['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

interface Waiter<Slot> {
  accept(slot: Slot): void;
  refuse(reason: unknown): void;
}

export class RequestQueue<Slot> {
  readonly #limit: number;
  readonly #free = new Set<Slot>();
  readonly #waiting = new Set<Waiter<Slot>>();

  /** @param limit how many may wait */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves when it is the request's turn.
   * @param signal aborted: leaves the queue
   * @throws RequestRefused when the queue is full, or the reason of the signal
   */
  async take(signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted();
    const [free] = this.#free;
    if (free !== undefined) {
      this.#free.delete(free);
      return free;
    }
    if (this.#waiting.size >= this.#limit)
      throw new RequestRefused('queue_full', `${this.#limit} requests are waiting already; try again later`);
    return new Promise((resolve, reject) => {
      const leave = () => waiter.refuse(signal.reason);
      const waiter: Waiter<Slot> = {
        accept: (slot) => {
          signal.removeEventListener('abort', leave);
          this.#waiting.delete(waiter);
          resolve(slot);
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

  /** A slot is free: for the first request in the queue, or for the next one to come. */
  offer(slot: Slot): void {
    const [first] = this.#waiting;
    if (first === undefined) this.#free.add(slot);
    else first.accept(slot);
  }

  /** A slot is no longer available. */
  withdraw(slot: Slot): void {
    this.#free.delete(slot);
  }

  /** Rejects all requests that wait. */
  refuseAll(reason: unknown): void {
    for (const waiter of [...this.#waiting]) waiter.refuse(reason);
  }
}
