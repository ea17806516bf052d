/**
 * The harness's side of one engine process: asks, waits no longer than it must, and leaves no orphan. Whatever happens to
 * the process, a caller gets an answer or an EngineFailure.
 */
import type { z } from 'zod';
import { UserError } from '../command-line/errors.ts';
import {
  type EngineMessage,
  type EngineRequest,
  messageSchema,
  type Replies,
  replySchemas,
} from '../frameworks/messages.ts';
import { EngineFailure } from './engine-failure.ts';
import type { Channel, OpenChannel } from './process-channels.ts';

/** Parts of an answer that an engine sends while it generates. */
export type AnswerEvent = Extract<EngineMessage, { type: 'piece' | 'tokens' }>;

/** For requests that take long. */
export interface Following {
  onEvent: (event: AnswerEvent) => void;
  /** Aborted: the engine is told to stop, and the request ends as it then ends. */
  signal?: AbortSignal | undefined;
}

/**
 * Called while a model loads.
 * @param fraction from 0 to 1
 * @param doing what goes on, where a part of the work takes minutes, and how far it is
 */
export type OnProgress = (fraction: number, doing?: { what: string; detail: string }) => void;

export interface HostOptions {
  title: string;
  /** How long one request may take before the engine counts as hung. Milliseconds. */
  timeoutMs: number;
  onCheckpoint?: (checkpoint: Extract<EngineMessage, { type: 'checkpoint' }>) => void;
  onProgress?: OnProgress;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Pending {
  resolve(result: unknown): void;
  reject(error: unknown): void;
  timer: NodeJS.Timeout;
  onEvent: (event: AnswerEvent) => void;
}

const closeTimeoutMs = 5000;

const schemas: { [Type in EngineRequest['type']]: z.ZodType<Replies[Type]> } = replySchemas;

export class HostClient implements AsyncDisposable {
  readonly #options: HostOptions;
  readonly #channel: Channel;
  readonly #pending = new Map<number, Pending>();
  /** Resolves once the process is gone, for any reason; never rejects. */
  readonly ended: Promise<EngineFailure>;
  readonly #killWithHarness = () => this.#channel.kill();
  #failure: EngineFailure | undefined;
  #lastId = 0;

  constructor(options: HostOptions, open: OpenChannel) {
    this.#options = options;
    const { promise, resolve } = withResolvers<EngineFailure>();
    this.ended = promise;
    this.#channel = open({
      message: (raw) => this.#receive(raw),
      ended: (failure) => resolve(this.#endAll(failure)),
    });
    process.once('exit', this.#killWithHarness);
  }

  get pid(): number {
    return this.#channel.pid;
  }

  /** Whether it is alive and nobody waits for an answer of it. */
  get isIdle(): boolean {
    return this.#failure === undefined && this.#pending.size === 0;
  }

  /** @throws UserError that the engine answers with, EngineFailure when it gives no valid answer */
  async ask<Type extends EngineRequest['type']>(
    request: Unnumbered<EngineRequest> & { type: Type },
    { onEvent, signal }: Following = { onEvent: () => {} },
  ): Promise<Replies[Type]> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = ++this.#lastId;
    const cancel = () => void this.ask({ type: 'cancel', request: id }).catch(() => {});
    const answered = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(this.#hung(request.type)), this.#options.timeoutMs);
      this.#pending.set(id, { resolve, reject, timer, onEvent });
      this.#channel.send({ ...request, id });
    });
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel);
    const result = await answered.finally(() => signal?.removeEventListener('abort', cancel));
    const answer = schemas[request.type].safeParse(result);
    if (answer.success) return answer.data;
    throw this.#fail(this.#invalid(result));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#killWithHarness);
    // Whoever closes in the middle of a request does not want to wait for its end.
    if (this.isIdle) {
      const limit = setTimeout(() => this.#channel.kill(), closeTimeoutMs);
      await this.ask({ type: 'close' }).catch(() => {});
      this.#channel.disconnect();
      await this.ended;
      clearTimeout(limit);
    } else {
      this.#channel.kill();
      await this.ended;
    }
  }

  #receive(raw: unknown): void {
    const parsed = messageSchema.safeParse(raw);
    if (!parsed.success) {
      this.#fail(this.#invalid(raw));
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'checkpoint':
        this.#options.onCheckpoint?.(message);
        break;
      case 'progress':
        this.#options.onProgress?.(message.fraction, message.doing);
        break;
      case 'piece':
      case 'tokens':
        this.#pending.get(message.request)?.onEvent(message);
        break;
      case 'reply':
        this.#settle(message.id)?.resolve(message.result);
        break;
      case 'error':
        this.#settle(message.id)?.reject(errorFrom(message));
        break;
      default:
        message satisfies never;
    }
  }

  /** Undefined when nobody waits for the answer any more. */
  #settle(id: number): Pending | undefined {
    const request = this.#pending.get(id);
    clearTimeout(request?.timer);
    this.#pending.delete(id);
    return request;
  }

  /** Fails every pending request and ends the process. */
  #fail(failure: EngineFailure): EngineFailure {
    this.#endAll(failure);
    this.#channel.kill();
    return failure;
  }

  /** @returns the first failure, which is the cause of those after it */
  #endAll(failure: EngineFailure): EngineFailure {
    this.#failure ??= failure;
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(failure);
    return this.#failure;
  }

  #hung(doing: string): EngineFailure {
    const { title, timeoutMs } = this.#options;
    return new EngineFailure(
      `the ${title} engine did not finish "${doing}" within ${timeoutMs / 1000} s and was stopped`,
      'Raise the limit with --timeout SECONDS, or choose a smaller model or fewer tokens.',
      this.#channel.printed(),
    );
  }

  #invalid(raw: unknown): EngineFailure {
    const shown = (typeof raw === 'string' ? raw : (JSON.stringify(raw) ?? '')).slice(0, 80);
    return new EngineFailure(
      `the ${this.#options.title} engine sent an invalid message: ${shown}`,
      'Something else prints on its channel, or versions are mixed: run `npm ci` again, and look at the log.',
      this.#channel.printed(),
    );
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function errorFrom(message: Extract<EngineMessage, { type: 'error' }>): UserError {
  const exitCode = ([1, 2, 3] as const).find((code) => code === message.exitCode);
  return new UserError(message.message, {
    ...(message.remedy === undefined ? {} : { remedy: message.remedy }),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}
