/** The engines of an endpoint: requests wait in line for a seat at one of them, and one that dies is started again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from '../command-line/errors.ts';
import { warn } from '../command-line/terminal.ts';
import type { Engine } from '../engine/engine.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
import { unavailable } from './api-error.ts';
import { type EngineRecipe, type EngineSeat, type SeatedEngine, startSeats } from './engine-seat.ts';
import { WaitingLine } from './waiting-line.ts';

export interface PoolSize {
  engines: number;
  /** Requests that may wait beside those that are being answered. */
  queueLimit: number;
}

/** Pause before an engine that did not start is tried again; doubled each time. */
const firstPauseMs = 1000;
const longestPauseMs = 30_000;

export class EnginePool implements AsyncDisposable {
  readonly #recipe: EngineRecipe;
  readonly #line: WaitingLine<EngineSeat>;
  readonly #up = new Set<SeatedEngine>();
  readonly #closing = new AbortController();
  readonly #keepers: Array<Promise<void>> = [];
  /** Told of every engine that died. */
  readonly #onRestart: () => void;
  #running = 0;

  private constructor(recipe: EngineRecipe, size: PoolSize, onRestart: () => void) {
    this.#recipe = recipe;
    this.#line = new WaitingLine(size.queueLimit);
    this.#onRestart = onRestart;
  }

  /** @throws UserError when not all engines start */
  static async start(
    recipe: EngineRecipe,
    size: PoolSize,
    { onRestart = () => {}, onProgress = (_fraction: number) => {} } = {},
  ): Promise<EnginePool> {
    // Every engine listens for the end of this process, so that none outlives it.
    process.setMaxListeners(process.getMaxListeners() + 2 * size.engines);
    const pool = new EnginePool(recipe, size, onRestart);
    const started = await Promise.allSettled(
      Array.from({ length: size.engines }, () => startSeats(recipe, onProgress)),
    );
    for (const start of started) if (start.status === 'fulfilled') pool.#keepers.push(pool.#keepAlive(start.value));
    const failed = started.find((start) => start.status === 'rejected');
    if (failed === undefined) return pool;
    await pool[Symbol.asyncDispose]();
    throw failed.reason;
  }

  /** Requests in line. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Requests that have a seat. */
  get running(): number {
    return this.#running;
  }

  /** Engines that are up, busy or not. */
  get engines(): readonly Engine[] {
    return [...this.#up].map(({ engine }) => engine);
  }

  /** Their seats, taken or not. */
  get seats(): readonly EngineSeat[] {
    return [...this.#up].flatMap(({ seats }) => seats);
  }

  /**
   * Waits for a seat at an engine and works there, one answer at a time.
   * @param signal aborted: leaves the line; work that has begun must look at it itself
   * @throws ApiError 429 or 503 without having begun; EngineFailure when the engine dies; whatever `work` throws
   */
  async run<T>(signal: AbortSignal, work: (seat: EngineSeat) => Promise<T>): Promise<T> {
    const seat = await this.#line.take(signal);
    this.#running++;
    let usable = true;
    try {
      return await work(seat);
    } catch (error) {
      if (error instanceof EngineFailure) {
        usable = false;
        await seat.engine[Symbol.asyncDispose]();
      }
      throw error;
    } finally {
      this.#running--;
      if (usable && this.seats.includes(seat)) this.#line.offer(seat);
    }
  }

  /** Ends all engines; who waits or works with one gets an error. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#line.refuseAll(unavailable('the endpoint is closing'));
    await Promise.all(this.engines.map((engine) => engine[Symbol.asyncDispose]()));
    await Promise.all(this.#keepers);
  }

  async #keepAlive(first: SeatedEngine): Promise<void> {
    for (let up: SeatedEngine | undefined = first; up !== undefined; up = await this.#startAgain()) {
      this.#up.add(up);
      for (const seat of up.seats) this.#line.offer(seat);
      const failure = await up.engine.ended;
      this.#up.delete(up);
      for (const seat of up.seats) this.#line.withdraw(seat);
      await up.engine[Symbol.asyncDispose]();
      if (this.#closing.signal.aborted) return;
      warn(`${oneLine(failure)}; starting it again`);
      this.#onRestart();
    }
  }

  /** @returns undefined when the pool closes meanwhile */
  async #startAgain(): Promise<SeatedEngine | undefined> {
    const { signal } = this.#closing;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
      try {
        const up = await startSeats(this.#recipe);
        if (!signal.aborted) return up;
        await up.engine[Symbol.asyncDispose]();
      } catch (error) {
        warn(`it did not start: ${oneLine(error)}; the next try is in ${pauseMs / 1000} s`);
        if (this.#up.size === 0) this.#line.refuseAll(unavailable(oneLine(error)));
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {});
      }
    }
    return undefined;
  }
}
