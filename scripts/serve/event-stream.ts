/** Server-sent events to one client. A client that does not read is cut off: nothing is kept for it without bound. */
import type { ServerResponse } from 'node:http';

export interface StreamLimits {
  /** How long a client may leave what was sent unread. Milliseconds. */
  stallMs: number;
  /** How much may wait for it. Bytes. */
  unreadBytes: number;
}

export class EventStream {
  readonly #response: ServerResponse;
  readonly #limits: StreamLimits;
  #stalled: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, limits: StreamLimits) {
    this.#response = response;
    this.#limits = limits;
    response.on('drain', () => this.#clear());
    response.once('close', () => this.#clear());
  }

  get opened(): boolean {
    return this.#response.headersSent;
  }

  open(): void {
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      // A proxy that collects events before it passes them on would delay every token.
      'x-accel-buffering': 'no',
    });
  }

  send(...events: readonly object[]): void {
    this.#write(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  }

  /** Ends with the mark that the answer is whole. */
  finish(): void {
    this.#end('data: [DONE]\n\n');
  }

  /** Ends without it: what came before is not a whole answer. */
  breakOff(): void {
    this.#end('');
  }

  #end(text: string): void {
    this.#response.end(text);
    // An unread end holds its connection as any unread event does.
    if (!this.#response.writableFinished) this.#watch();
  }

  #write(text: string): void {
    if (this.#response.destroyed || text === '') return;
    if (this.#response.write(text)) return;
    if (this.#response.writableLength > this.#limits.unreadBytes) this.#response.destroy();
    else this.#watch();
  }

  #watch(): void {
    this.#stalled ??= setTimeout(() => this.#response.destroy(), this.#limits.stallMs);
  }

  #clear(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
  }
}
