/**
 * One engine process with the model in it has a slot for each answer that it gives at a time. Requests wait for a slot: first come,
 * first served, and no more than may wait.
 */

import { missingError, UserError } from '../../command-line/errors.ts';
import type { Framework } from '../../frameworks/framework.ts';
import type { Loaded } from '../../frameworks/messages.ts';
import type { ResolvedModel } from '../../models/resolve.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { type Engine, startEngine } from '../engine.ts';

/** Everything that is needed to start one more engine. */
export interface EngineConfig {
  framework: Framework;
  model: ResolvedModel;
  settings: EngineSettings;
  /** Origin of the clock that engines and endpoint share. */
  originNs: bigint;
  /** How long one answer may take before the engine counts as hung. Milliseconds. */
  timeoutMs: number;
}

/** The right to one answer at a time. */
export interface EngineSlot {
  readonly engine: Engine;
  /** Version of the framework. */
  readonly version: string;
  /** Prompt and answer together, as the engine has it. */
  readonly contextTokens: number;
  /** As the engine has it, not as it was asked for. */
  readonly loaded: Loaded;
}

export interface SlottedEngine {
  readonly engine: Engine;
  readonly slots: readonly EngineSlot[];
}

/** @throws UserError when the framework is missing or the model does not load */
export async function startSlots(config: EngineConfig, onProgress = (_fraction: number) => {}): Promise<SlottedEngine> {
  const { framework, model, settings, originNs, timeoutMs } = config;
  const engine = await startEngine({ framework, originNs, settings, timeoutMs, onProgress });
  try {
    const availability = await engine.probe();
    if (availability.status === 'missing') {
      throw missingError(availability.reason, availability.remedy);
    }
    const loaded = await engine.load(model.path, settings);
    const context = loaded.effective.settings.contextTokens;
    const contextTokens = typeof context === 'number' ? context : settings.contextTokens;
    const { version } = availability;
    return {
      engine,
      slots: Array.from({ length: settings.sequences ?? 1 }, () => ({ engine, version, contextTokens, loaded })),
    };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

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
