/** Engines with the same model: requests queue for a slot at one of them, and an engine that dies is started again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from '../../command-line/errors.ts';
import { warn } from '../../command-line/terminal.ts';
import type { Engine } from '../engine.ts';
import { EngineFailure } from '../engine-failure.ts';
import {
  type EngineConfig,
  type EngineSlot,
  RequestQueue,
  RequestRefused,
  type SlottedEngine,
  startSlots,
} from './slots.ts';

export interface PoolSize {
  engines: number;
  /** Requests that may wait beside those that are being answered. */
  queueLimit: number;
}

/** Pause before an engine that did not start is tried again; doubled each time. */
const firstPauseMs = 1000;
const longestPauseMs = 30_000;

export class EnginePool implements AsyncDisposable {
  readonly #config: EngineConfig;
  readonly #queue: RequestQueue<EngineSlot>;
  readonly #up = new Set<SlottedEngine>();
  readonly #closing = new AbortController();
  readonly #keepers: Array<Promise<void>> = [];
  /** Called for every engine that died. */
  readonly #onRestart: () => void;
  #running = 0;

  private constructor(config: EngineConfig, size: PoolSize, onRestart: () => void) {
    this.#config = config;
    this.#queue = new RequestQueue(size.queueLimit);
    this.#onRestart = onRestart;
  }

  /** @throws UserError when not all engines start */
  static async start(
    config: EngineConfig,
    size: PoolSize,
    { onRestart = () => {}, onProgress = (_fraction: number) => {} } = {},
  ): Promise<EnginePool> {
    // Every engine listens for the end of this process, so that none outlives it.
    process.setMaxListeners(process.getMaxListeners() + 2 * size.engines);
    const pool = new EnginePool(config, size, onRestart);
    const started = await Promise.allSettled(
      Array.from({ length: size.engines }, () => startSlots(config, onProgress)),
    );
    for (const start of started) if (start.status === 'fulfilled') pool.#keepers.push(pool.#keepAlive(start.value));
    const failed = started.find((start) => start.status === 'rejected');
    if (failed === undefined) return pool;
    await pool[Symbol.asyncDispose]();
    throw failed.reason;
  }

  /** Requests in the queue. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Requests that have a slot. */
  get running(): number {
    return this.#running;
  }

  /** Engines that are up, busy or not. */
  get engines(): readonly Engine[] {
    return [...this.#up].map(({ engine }) => engine);
  }

  /** Their slots, busy or not. */
  get slots(): readonly EngineSlot[] {
    return [...this.#up].flatMap(({ slots }) => slots);
  }

  /**
   * Waits for a slot at an engine and works there, one answer at a time.
   * @param signal aborted: leaves the queue; work that has begun must look at it itself
   * @throws RequestRefused without having begun; EngineFailure when the engine dies; whatever `work` throws
   */
  async run<T>(signal: AbortSignal, work: (slot: EngineSlot) => Promise<T>): Promise<T> {
    const slot = await this.#queue.take(signal);
    this.#running++;
    let usable = true;
    try {
      return await work(slot);
    } catch (error) {
      if (error instanceof EngineFailure) {
        usable = false;
        await slot.engine[Symbol.asyncDispose]();
      }
      throw error;
    } finally {
      this.#running--;
      if (usable && this.slots.includes(slot)) this.#queue.offer(slot);
    }
  }

  /** Ends all engines; who waits or works with one gets an error. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#queue.refuseAll(new RequestRefused('unavailable', 'the endpoint is closing'));
    await Promise.all(this.engines.map((engine) => engine[Symbol.asyncDispose]()));
    await Promise.all(this.#keepers);
  }

  async #keepAlive(first: SlottedEngine): Promise<void> {
    for (let up: SlottedEngine | undefined = first; up !== undefined; up = await this.#startAgain()) {
      this.#up.add(up);
      for (const slot of up.slots) this.#queue.offer(slot);
      const failure = await up.engine.ended;
      this.#up.delete(up);
      for (const slot of up.slots) this.#queue.withdraw(slot);
      await up.engine[Symbol.asyncDispose]();
      if (this.#closing.signal.aborted) return;
      warn(`${oneLine(failure)}; starting it again`);
      this.#onRestart();
    }
  }

  /** @returns undefined when the pool closes meanwhile */
  async #startAgain(): Promise<SlottedEngine | undefined> {
    const { signal } = this.#closing;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
      try {
        const up = await startSlots(this.#config);
        if (!signal.aborted) return up;
        await up.engine[Symbol.asyncDispose]();
      } catch (error) {
        warn(`it did not start: ${oneLine(error)}; the next try is in ${pauseMs / 1000} s`);
        if (this.#up.size === 0) this.#queue.refuseAll(new RequestRefused('unavailable', oneLine(error)));
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {});
      }
    }
    return undefined;
  }
}
